/* cmocka with what it needs before it. */
#ifndef XQ_TESTS_CMOCKA_ALL_H
#define XQ_TESTS_CMOCKA_ALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
