/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VNC client for a test's Domain 0 (RFC 6143, no password, raw pixels): what somebody in front of a guest's
 * screen sees and does. Arguments: address, port, then any of
 *   size          prints the width and the height of the screen
 *   picture FILE  writes the screen as a PPM file, once nothing has changed for a second
 *   move X Y      moves the pointer; its button is where press and release put it
 *   press, release
 *   key NUMBER    presses and releases a key, by the number of its X symbol
 *   wait MS
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUIET_MS              1000
#define ENCODING_RAW          0
#define ENCODING_DESKTOP_SIZE (-223)

static int server;
static unsigned int width, height, pointer_x, pointer_y, buttons;
static uint32_t *pixels;

static void fail(const char *why)
{
    fprintf(stderr, "vnc: %s\n", why);
    exit(1);
}

static void get(void *to, size_t bytes)
{
    char *at = to;

    while (bytes) {
        ssize_t nr = read(server, at, bytes);

        if (nr <= 0)
            fail("the server is gone");
        at += nr;
        bytes -= (size_t)nr;
    }
}

static void put(const void *from, size_t bytes)
{
    if (write(server, from, bytes) != (ssize_t)bytes)
        fail("the server does not read");
}

static unsigned int number(const unsigned char *at, unsigned int bytes)
{
    unsigned int value = 0;

    while (bytes--)
        value = value << 8 | *at++;
    return value;
}

static void put16(unsigned char *at, unsigned int value)
{
    at[0] = (unsigned char)(value >> 8);
    at[1] = (unsigned char)value;
}

static void take_size(unsigned int new_width, unsigned int new_height)
{
    width = new_width;
    height = new_height;
    free(pixels);
    pixels = calloc((size_t)width * height + 1, sizeof(*pixels));
    if (!pixels)
        fail("no memory");
}

/* Versions, no security, a shared screen; 32 bits a pixel, raw. */
static void greet(void)
{
    static const unsigned char format[20] = {0, 0,   0, 0,   32, 24, 0, 1, 0, 255,
                                             0, 255, 0, 255, 16, 8,  0, 0, 0, 0};
    static const unsigned char encodings[12] = {2, 0, 0, 2, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0x21};
    unsigned char text[256], none = 1, shared = 1;

    get(text, 12);
    put("RFB 003.008\n", 12);
    get(text, 1);
    get(text + 1, text[0]);
    if (!text[0] || !memchr(text + 1, none, text[0]))
        fail("the server wants a password");
    put(&none, 1);
    get(text, 4);
    if (number(text, 4))
        fail("the server refuses");
    put(&shared, 1);
    get(text, 24);
    take_size(number(text, 2), number(text + 2, 2));
    if (number(text + 20, 4) >= sizeof(text))
        fail("the name is too long");
    get(text + 24, number(text + 20, 4));
    put(format, sizeof(format));
    put(encodings, sizeof(encodings));
}

static void take_rectangle(void)
{
    unsigned char head[12];
    unsigned int x, y, w, h, row;

    get(head, sizeof(head));
    x = number(head, 2);
    y = number(head + 2, 2);
    w = number(head + 4, 2);
    h = number(head + 6, 2);
    if ((int)number(head + 8, 4) == ENCODING_DESKTOP_SIZE) {
        take_size(w, h);
        return;
    }
    if (number(head + 8, 4) != ENCODING_RAW || x + w > width || y + h > height)
        fail("a rectangle of another encoding or size");
    for (row = 0; row < h; row++)
        get(pixels + (size_t)(y + row) * width + x, (size_t)w * 4);
}

static void take_message(void)
{
    unsigned char head[8];
    unsigned int nr;

    get(head, 1);
    switch (head[0]) {
    case 0: /* rectangles */
        get(head, 3);
        for (nr = number(head + 1, 2); nr; nr--)
            take_rectangle();
        break;
    case 2: /* a bell */
        break;
    case 3: /* text that was cut */
        get(head, 7);
        for (nr = number(head + 3, 4); nr; nr--)
            get(head, 1);
        break;
    default:
        fail("a message of an unknown kind");
    }
}

static void ask(int only_changes)
{
    unsigned char request[10] = {3, (unsigned char)only_changes};

    put16(request + 6, width);
    put16(request + 8, height);
    put(request, sizeof(request));
}

static void look(void)
{
    struct pollfd ready = {.fd = server, .events = POLLIN};

    ask(0);
    take_message();
    ask(1);
    while (poll(&ready, 1, QUIET_MS) > 0) {
        take_message();
        ask(1);
    }
}

static void picture(const char *path)
{
    FILE *file = fopen(path, "wb");
    size_t i;

    if (!file)
        fail("the picture cannot be written");
    look();
    fprintf(file, "P6\n%u %u\n255\n", width, height);
    for (i = 0; i < (size_t)width * height; i++) {
        putc((int)(pixels[i] >> 16 & 255), file);
        putc((int)(pixels[i] >> 8 & 255), file);
        putc((int)(pixels[i] & 255), file);
    }
    fclose(file);
}

static void point(void)
{
    unsigned char event[6] = {5, (unsigned char)buttons};

    put16(event + 2, pointer_x);
    put16(event + 4, pointer_y);
    put(event, sizeof(event));
}

static void key(unsigned int symbol, unsigned char pressed)
{
    unsigned char event[8] = {4, pressed};

    put16(event + 4, symbol >> 16);
    put16(event + 6, symbol);
    put(event, sizeof(event));
}

/* Returns how many words it took. */
static int command(char **words, int nr)
{
    if (!strcmp(words[0], "size")) {
        printf("%u %u\n", width, height);
    } else if (!strcmp(words[0], "picture") && nr > 1) {
        picture(words[1]);
        return 2;
    } else if (!strcmp(words[0], "move") && nr > 2) {
        pointer_x = (unsigned int)atoi(words[1]);
        pointer_y = (unsigned int)atoi(words[2]);
        point();
        return 3;
    } else if (!strcmp(words[0], "press") || !strcmp(words[0], "release")) {
        buttons = words[0][0] == 'p';
        point();
    } else if (!strcmp(words[0], "key") && nr > 1) {
        key((unsigned int)atoi(words[1]), 1);
        key((unsigned int)atoi(words[1]), 0);
        return 2;
    } else if (!strcmp(words[0], "wait") && nr > 1) {
        usleep((useconds_t)atoi(words[1]) * 1000);
        return 2;
    } else {
        fail("an unknown command");
    }
    return 1;
}

/*
 * Until the server has closed as well: what is closed while something is unread is reset, and what the server
 * has not yet read of ours is lost.
 */
static void end(void)
{
    char rest[4096];

    shutdown(server, SHUT_WR);
    while (read(server, rest, sizeof(rest)) > 0)
        ;
}

int main(int argc, char **argv)
{
    struct sockaddr_in peer = {.sin_family = AF_INET};
    int at;

    if (argc < 3)
        fail("address and port are missing");
    peer.sin_addr.s_addr = inet_addr(argv[1]);
    peer.sin_port = htons((uint16_t)atoi(argv[2]));
    server = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(server, (struct sockaddr *)&peer, sizeof(peer)))
        fail("no server there");
    greet();
    for (at = 3; at < argc;)
        at += command(argv + at, argc - at);
    end();
    return 0;
}
