#include "suites.h"
TCase *grant_table_tests(void)
{
    return tcase_create("grant_table");
}
