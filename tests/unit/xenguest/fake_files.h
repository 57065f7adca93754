/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A 9p server of the tests' own: maps the rings by the nodes, serves a small tree from memory, in the words
 * of the protocol and not of the client. On request it lies.
 */
#ifndef FAKE_FILES_H
#define FAKE_FILES_H

#include <xenguest/p9.h>
#include "device_fixture.h"

enum files_lie {
    FILES_HONEST,
    FILES_SILENT,
    FILES_TAG,     /* an answer to another request */
    FILES_TYPE,    /* of another kind */
    FILES_SHORT,   /* a message shorter than its head says it must be */
    FILES_LONG,    /* longer than was agreed upon */
    FILES_CUT,     /* whose body ends too early */
    FILES_PARTIAL, /* of which only a part ever comes */
    FILES_INDEX,   /* claims more bytes than the ring has */
    FILES_BACK,    /* un-reads what was written */
    FILES_MORE,    /* more data than was asked for */
    FILES_ERROR,   /* an error that is no number of one */
    FILES_VERSION, /* messages that are larger than was offered; or tiny */
    FILES_NAME,    /* entries with names that are none */
    FILES_LIES,
};

struct fake_files {
    enum files_lie lie;
    bool slow;         /* an answer comes in two pieces */
    unsigned int most; /* bytes of a read or write that it does at once; 0: all */
    unsigned int nr_requests, nr_fids;
    char data[65536]; /* of the file "a/file" */
    size_t bytes;
};

extern struct fake_files fake_files;

/* A file system that is ready to be attached. */
void fake_files_plug(void);

#endif
