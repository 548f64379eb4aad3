/* The contract's rules for the messengers: see conformance_test.c. */
#define CONFORMANCE_MESSENGERS true
#include "tests/unit/adapters/conformance_test.c"
