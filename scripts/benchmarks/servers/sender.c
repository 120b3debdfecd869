/* The limit: a server that does nothing but send. It reads published messages, puts their data into an event without
 * parsing it, and after each round of reading gives every client all waiting frames in one send().
 *
 * It answers every handshake with the same words; the clients of this benchmark do not check the accept key.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS 65536
#define READY 1024
#define INPUT_BYTES 65536
#define OUTPUT_BYTES (4 << 20)

static const char ANSWER[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
static const char GREETING[] = "\x81\x14{\"type\":\"connected\"}";
static const char EVENT[] = "{\"event_type\":\"bench\",\"data\":%.*s,\"timestamp\":\"2026-01-01T00:00:00.000000Z\","
                            "\"user_id\":\"anonymous\",\"seq\":%lu,\"workspace\":\"default\"}";

struct client {
    int open, greeted;
    unsigned char *input;
    size_t waiting;
};

static struct client clients[CLIENTS];
static int highest;
static unsigned char output[OUTPUT_BYTES];
static size_t output_bytes;
static unsigned long seq;

static void frame_event(const char *message, size_t size)
{
    static const char mark[] = "\"data\":";
    const char *data = memmem(message, size, mark, sizeof mark - 1);
    if (!data || output_bytes > OUTPUT_BYTES - INPUT_BYTES * 2)
        return;
    data += sizeof mark - 1;
    char *payload = (char *)output + output_bytes + 4;
    int length = sprintf(payload, EVENT, (int)(message + size - 1 - data), data, ++seq);
    if (length < 126) { /* these events are longer; one that is not would need the short header */
        fprintf(stderr, "event too short\n");
        exit(1);
    }
    unsigned char header[4] = {0x81, 126, (unsigned char)(length >> 8), (unsigned char)length};
    memcpy(output + output_bytes, header, 4);
    output_bytes += 4 + (size_t)length;
}

/* Takes the masked frames at `data` and returns how many bytes they took. */
static size_t read_frames(unsigned char *data, size_t size)
{
    size_t at = 0;
    while (size - at >= 6) {
        size_t header = 2, length = data[at + 1] & 0x7F;
        if (length == 126) {
            if (size - at < 8)
                break;
            header = 4, length = (size_t)data[at + 2] << 8 | data[at + 3];
        }
        if (size - at < header + 4 + length)
            break;
        unsigned char *mask = data + at + header, *payload = mask + 4;
        for (size_t i = 0; i < length; i++)
            payload[i] ^= mask[i & 3];
        if ((data[at] & 0x0F) == 1)
            frame_event((char *)payload, length);
        at += header + 4 + length;
    }
    return at;
}

static void drop(int fd)
{
    free(clients[fd].input);
    memset(&clients[fd], 0, sizeof clients[fd]);
    close(fd);
}

static void deliver(int fd, const void *bytes, size_t size)
{
    ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0)
        drop(fd);
    else if ((size_t)sent != size) { /* the load keeps far less in flight than a socket's buffer holds */
        fprintf(stderr, "a client is too slow for this sender\n");
        exit(1);
    }
}

static void read_client(int fd)
{
    struct client *client = &clients[fd];
    ssize_t got = recv(fd, client->input + client->waiting, INPUT_BYTES - client->waiting, MSG_DONTWAIT);
    if (got <= 0) {
        drop(fd);
        return;
    }
    client->waiting += (size_t)got;
    if (!client->greeted) {
        if (!memmem(client->input, client->waiting, "\r\n\r\n", 4))
            return;
        client->greeted = 1, client->waiting = 0;
        deliver(fd, ANSWER, sizeof ANSWER - 1);
        deliver(fd, GREETING, sizeof GREETING - 1);
        return;
    }
    size_t taken = read_frames(client->input, client->waiting);
    client->waiting -= taken;
    memmove(client->input, client->input + taken, client->waiting);
}

static void accept_client(int listener, int epoll)
{
    int fd = accept(listener, NULL, NULL), on = 1;
    if (fd < 0 || fd >= CLIENTS)
        return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    clients[fd] = (struct client){.open = 1, .input = malloc(INPUT_BYTES)};
    highest = fd > highest ? fd : highest;
    struct epoll_event interest = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &interest);
}

int main(int argc, char **argv)
{
    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1, epoll = epoll_create1(0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argc > 1 ? argv[1] : "0"))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 1024)) {
        perror("listen");
        return 1;
    }
    struct epoll_event interest = {.events = EPOLLIN, .data.fd = listener}, ready[READY];
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &interest);
    for (;;) {
        int count = epoll_wait(epoll, ready, READY, -1);
        for (int i = 0; i < count; i++)
            if (ready[i].data.fd == listener)
                accept_client(listener, epoll);
            else
                read_client(ready[i].data.fd);
        for (int fd = 0; output_bytes && fd <= highest; fd++)
            if (clients[fd].open && clients[fd].greeted)
                deliver(fd, output, output_bytes);
        output_bytes = 0;
    }
}
