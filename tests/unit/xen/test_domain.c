#include "suites.h"
TCase *domain_tests(void)
{
    return tcase_create("domain");
}
