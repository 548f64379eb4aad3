/* What tests/lint tells cppcheck, which reads no system's headers. Jansson's loops are macros within macros there; sys/queue.h's lists
 * it can read. */
#include "/usr/include/x86_64-linux-gnu/sys/queue.h"
#define json_array_foreach(a, i, v) for ((i) = 0; (i) < json_array_size(a) && ((v) = json_array_get(a, i)); (i)++)
#define json_object_foreach(o, k, v) for ((k) = json_first(o); (k) && ((v) = json_object_get(o, k)); (k) = json_after(o, k))
