#include "suites.h"
TCase *string_tests(void)
{
    return tcase_create("string");
}
