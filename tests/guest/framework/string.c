/* SPDX-License-Identifier: BSD-2-Clause */
/* Plain loops: nothing here is measured. */
#include "string.h"

void *memset(void *to, int byte, size_t size)
{
    unsigned char *t = to;

    while (size--) {
        *t++ = (unsigned char)byte;
    }
    return to;
}

void *memcpy(void *to, const void *from, size_t size)
{
    const unsigned char *f = from;
    unsigned char *t = to;

    while (size--) {
        *t++ = *f++;
    }
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const unsigned char *x = a, *y = b;

    for (; size; size--, x++, y++) {
        if (*x != *y) {
            return *x - *y;
        }
    }
    return 0;
}

size_t strlen(const char *text)
{
    const char *end = text;

    while (*end) {
        end++;
    }
    return (size_t)(end - text);
}

int strcmp(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return (unsigned char)*a - (unsigned char)*b;
}

const char *strstr(const char *text, const char *word)
{
    size_t length = strlen(word);

    for (; strlen(text) >= length; text++) {
        if (memcmp(text, word, length) == 0) {
            return text;
        }
    }
    return NULL;
}
