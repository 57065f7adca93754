/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between p9_connect.c (the device), p9_message.c (one request and its answer), p9_session.c (fids and paths)
 * and p9_file.c (what is done with files).
 */
#ifndef XENGUEST_P9_PRIVATE_H
#define XENGUEST_P9_PRIVATE_H

#include <xenguest/p9.h>
#include "private.h"

XG_BEGIN_DECLS

/* The requests that we send; each answer is the next number, or P9_ERROR. */
enum {
    P9_ERROR = 7,
    P9_STATFS = 8,
    P9_OPEN = 12,
    P9_CREATE = 14,
    P9_GETATTR = 24,
    P9_SETATTR = 26,
    P9_READDIR = 40,
    P9_FSYNC = 50,
    P9_MKDIR = 72,
    P9_RENAMEAT = 74,
    P9_UNLINKAT = 76,
    P9_VERSION = 100,
    P9_ATTACH = 104,
    P9_WALK = 110,
    P9_READ = 116,
    P9_WRITE = 118,
    P9_CLUNK = 120,
};

#define XG_P9_HEAD    7u  /* bytes: size, type, tag */
#define XG_P9_QID     13u /* type, version, number of a file */
#define XG_P9_ROOT    0u
#define XG_P9_NO_FID  (~0u)
#define XG_P9_LEAST   4096u /* servers want messages of at least so many bytes */
#define XG_P9_NO_TAG  0xffffu
#define XG_P9_QID_DIR 0x80

/* ---- A message; all with the lock held ---- */

/* Begins one in the ring, of which nothing is seen yet. */
void xg_p9_begin(struct xg_p9 *p9);
void xg_p9_put(struct xg_p9 *p9, uint64_t value, unsigned int bytes);
void xg_p9_put_bytes(struct xg_p9 *p9, const void *from, size_t bytes);
/* A string: its length in two bytes, and the bytes. */
void xg_p9_put_string(struct xg_p9 *p9, const char *text, size_t length);
/*
 * Sends it and waits for the answer, whose body the getters then read until xg_p9_end. Not 0: there is none,
 * and no end. The answer's size is known to be within message_bytes.
 */
int xg_p9_ask(struct xg_p9 *p9, unsigned int type);
/* Beyond the end of the answer they give 0 and mark it malformed. */
uint64_t xg_p9_get(struct xg_p9 *p9, unsigned int bytes);
void xg_p9_get_bytes(struct xg_p9 *p9, void *to, size_t bytes);
void xg_p9_skip(struct xg_p9 *p9, size_t bytes);
/* The answer is read. -XG_EBADMSG: it was malformed (or `sound` is false), the device is broken. */
int xg_p9_end(struct xg_p9 *p9, bool sound);
/* ask and end, for answers of which nothing is wanted. */
int xg_p9_do(struct xg_p9 *p9, unsigned int type);

/* ---- The session ---- */

/* Takes the lock and makes sure of a session. Not 0: the lock is not held. */
int xg_p9_enter(struct xg_p9 *p9);
void xg_p9_leave(struct xg_p9 *p9);
/* A free fid, walked to `path`; -XG_ENOSPC. */
int xg_p9_walk(struct xg_p9 *p9, const char *path, uint32_t *fid);
/* To the directory that holds the last name of `path`, which *name then is. -XG_EINVAL: there is none. */
int xg_p9_walk_parent(struct xg_p9 *p9, const char *path, uint32_t *fid, const char **name);
/* Gives it up; what the server answers changes nothing about that. */
int xg_p9_clunk(struct xg_p9 *p9, uint32_t fid);

XG_END_DECLS

#endif
