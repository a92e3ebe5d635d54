/*
 * The physical limit the bench measures the service against: receive a body, hash it, make it durable, answer.
 *
 *   cc -O2 -o sink sink.c -lpthread -ldl && ./sink FOLDER
 *
 * Listens on a free loopback port and prints it. Every request with a Content-Length is read in 256 KiB pieces, hashed
 * with SHA-256, written to a new file in FOLDER and fdatasync'ed before the answer. One thread a connection, which is
 * kept alive. Nothing is authenticated, named or recorded. Files are never overwritten: freeing their old pages would
 * be charged to the sink and make the limit look higher than it is.
 *
 * libcrypto is opened at run time: the hash is then the very one Python uses, and no -dev package is needed to build.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIECE = 256 * 1024, HEAD_LIMIT = 16 * 1024 };

static void *(*digest_new)(void);
static void (*digest_free)(void *);
static const void *(*sha256)(void);
static int (*digest_begin)(void *, const void *, void *);
static int (*digest_update)(void *, const void *, size_t);
static int (*digest_end)(void *, unsigned char *, unsigned *);

static const char *folder;
static int next_file;

static void *symbol(void *library, const char *name) {
    void *found = dlsym(library, name);
    if (!found) {
        fprintf(stderr, "sink: libcrypto has no %s\n", name);
        exit(2);
    }
    return found;
}

static void open_libcrypto(void) {
    void *library = dlopen("libcrypto.so.3", RTLD_NOW);
    if (!library) library = dlopen("libcrypto.so.1.1", RTLD_NOW);
    if (!library) {
        fputs("sink: no libcrypto.so.3 or libcrypto.so.1.1 on this machine (Debian: libssl3)\n", stderr);
        exit(2);
    }
    *(void **)&digest_new = symbol(library, "EVP_MD_CTX_new");
    *(void **)&digest_free = symbol(library, "EVP_MD_CTX_free");
    *(void **)&sha256 = symbol(library, "EVP_sha256");
    *(void **)&digest_begin = symbol(library, "EVP_DigestInit_ex");
    *(void **)&digest_update = symbol(library, "EVP_DigestUpdate");
    *(void **)&digest_end = symbol(library, "EVP_DigestFinal_ex");
}

static int keep(int file, void *digest, const char *bytes, size_t count) {
    digest_update(digest, bytes, count);
    while (count > 0) {
        ssize_t written = write(file, bytes, count);
        if (written <= 0) return -1;
        bytes += written;
        count -= (size_t)written;
    }
    return 0;
}

/* Reads up to the blank line; returns the bytes held in `buffer`, or 0 when the client has gone. */
static size_t read_head(int client, char *buffer, char **body) {
    size_t held = 0;
    for (;;) {
        ssize_t got = recv(client, buffer + held, HEAD_LIMIT - held, 0);
        if (got <= 0) return 0;
        held += (size_t)got;
        buffer[held] = 0;
        char *blank = memmem(buffer, held, "\r\n\r\n", 4);
        if (blank) {
            *body = blank + 4;
            return held;
        }
        if (held >= HEAD_LIMIT) return 0;
    }
}

/* One request: 0 when answered, -1 when the connection is over. */
static int serve(int client, char *buffer, void *digest) {
    char *body;
    size_t held = read_head(client, buffer, &body);
    if (!held) return -1;
    char *field = strcasestr(buffer, "\r\ncontent-length:");
    size_t length = field && field < body ? strtoul(field + 17, NULL, 10) : 0;

    char path[4096];
    snprintf(path, sizeof path, "%s/body-%06d", folder, __sync_fetch_and_add(&next_file, 1));
    int file = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
    if (file < 0) return -1;

    digest_begin(digest, sha256(), NULL);
    size_t received = held - (size_t)(body - buffer);
    int failed = received > length || keep(file, digest, body, received);
    while (!failed && received < length) {
        size_t wanted = length - received < PIECE ? length - received : PIECE;
        ssize_t got = recv(client, buffer, wanted, 0);
        failed = got <= 0 || keep(file, digest, buffer, (size_t)got);
        received += got > 0 ? (size_t)got : 0;
    }
    if (!failed) failed = fdatasync(file);
    close(file);
    if (failed) return -1;

    unsigned char hash[64];
    unsigned hash_length;
    digest_end(digest, hash, &hash_length);
    char answer[256];
    int size = snprintf(answer, sizeof answer, "HTTP/1.1 201 Created\r\nContent-Length: %u\r\n\r\n", 2 * hash_length);
    for (unsigned i = 0; i < hash_length; i++) size += sprintf(answer + size, "%02x", hash[i]);
    return send(client, answer, (size_t)size, MSG_NOSIGNAL) == size ? 0 : -1;
}

static void *connection(void *argument) {
    int client = (int)(long)argument;
    char *buffer = malloc(PIECE + 1);
    void *digest = digest_new();
    while (serve(client, buffer, digest) == 0) {
    }
    close(client);
    digest_free(digest);
    free(buffer);
    return NULL;
}

int main(int count, char **arguments) {
    if (count != 2) {
        fputs("usage: sink FOLDER\n", stderr);
        return 2;
    }
    folder = arguments[1];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    open_libcrypto();

    int on = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(listener, (void *)&address, size) || listen(listener, 128) ||
        getsockname(listener, (void *)&address, &size)) {
        perror("sink");
        return 1;
    }
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (client < 0) continue;
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        pthread_t thread;
        if (pthread_create(&thread, NULL, connection, (void *)(long)client)) close(client);
        else pthread_detach(thread);
    }
}
