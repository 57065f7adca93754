#include "suites.h"
TCase *memory_op_tests(void)
{
    return tcase_create("memory_op");
}
