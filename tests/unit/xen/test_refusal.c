#include "suites.h"
TCase *refusal_tests(void)
{
    return tcase_create("refusal");
}
