/* Counts the messages that arrive on many sockets, fast enough that the server stays the bottleneck: WebSocket messages, or
 * the lines of data of Server-Sent Events.
 *
 * Frames are taken apart by their headers; of a payload only a few marks are looked for, JSON is never parsed. The
 * classes `CompiledCounter` and `PythonCounter` in counters.py promise the same and are tested against each other.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BUFFER_BYTES (4 << 20)
#define READY 1024
#define COMPLAINT_BYTES 240

struct tally {
    uint64_t events, acks, errors, others, bytes, digest, last_ns, closed;
};

struct peer {
    int fd, has_lines;
    struct tally tally;
    unsigned char *rest; /* the start of a frame whose end has not arrived */
    size_t rest_bytes;
};

struct counter {
    int epoll;
    int peers_count, capacity;
    struct peer *peers;
    unsigned char *buffer;
    struct tally totals;
    char complaint[COMPLAINT_BYTES + 1];
};

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

#define CONTAINS(payload, size, mark) (memmem((payload), (size), (mark), sizeof(mark) - 1))

static void count_text(struct counter *self, struct tally *tally, const unsigned char *payload, size_t size)
{
    if (CONTAINS(payload, size, "\"event_type\"")) {
        const unsigned char *mark = CONTAINS(payload, size, "bench-");
        uint64_t number = 0;
        if (mark)
            for (mark += 6; mark < payload + size && *mark >= '0' && *mark <= '9'; mark++)
                number = number * 10 + (*mark - '0');
        tally->digest = tally->digest * 1000003u + number;
        tally->events++, self->totals.events++;
    } else if (CONTAINS(payload, size, "\"ack\"")) {
        tally->acks++, self->totals.acks++;
    } else if (CONTAINS(payload, size, "\"error\"")) {
        tally->errors++, self->totals.errors++;
        size_t kept = size < COMPLAINT_BYTES ? size : COMPLAINT_BYTES;
        memcpy(self->complaint, payload, kept);
        self->complaint[kept] = 0;
    } else {
        tally->others++, self->totals.others++;
    }
}

static void answer_ping(int fd, const unsigned char *payload, size_t size)
{
    unsigned char pong[6 + 125] = {0x8A, (unsigned char)(0x80 | size)}; /* the mask is zero, so the payload stands */
    memcpy(pong + 6, payload, size);
    send(fd, pong, 6 + size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Counts every whole frame at `data` and returns how many bytes they took. */
static size_t count_frames(struct counter *self, struct peer *peer, const unsigned char *data, size_t size)
{
    size_t at = 0;
    while (size - at >= 2) {
        size_t header = 2, length = data[at + 1] & 0x7F;
        int opcode = data[at] & 0x0F;
        if (length == 126)
            header = 4;
        else if (length == 127)
            header = 10;
        if (size - at < header)
            break;
        if (header > 2) {
            length = 0;
            for (size_t i = 2; i < header; i++)
                length = length << 8 | data[at + i];
        }
        if (size - at - header < length)
            break;
        if (opcode <= 2)
            count_text(self, &peer->tally, data + at + header, length);
        else if (opcode == 9 && length <= 125)
            answer_ping(peer->fd, data + at + header, length);
        at += header + length;
    }
    return at;
}

/* The same for lines; all that is no line of data is passed over, such as the sizes of chunks. */
static size_t count_lines(struct counter *self, struct peer *peer, const unsigned char *data, size_t size)
{
    size_t at = 0;
    const unsigned char *end;
    while ((end = memchr(data + at, '\n', size - at))) {
        size_t length = (size_t)(end - data) - at;
        if (length > 6 && !memcmp(data + at, "data: ", 6))
            count_text(self, &peer->tally, data + at + 6, length - 6);
        at += length + 1;
    }
    return at;
}

static void close_peer(struct counter *self, struct peer *peer)
{
    epoll_ctl(self->epoll, EPOLL_CTL_DEL, peer->fd, NULL);
    peer->tally.closed = 1;
    self->totals.closed++;
}

/* `self->buffer` holds `rest_bytes` kept from last time and then `fresh` new bytes. */
static void take(struct counter *self, struct peer *peer, size_t fresh)
{
    size_t size = peer->rest_bytes + fresh;
    uint64_t events = peer->tally.events;
    size_t taken = (peer->has_lines ? count_lines : count_frames)(self, peer, self->buffer, size);
    peer->rest_bytes = size - taken;
    if (peer->rest_bytes) {
        peer->rest = realloc(peer->rest, peer->rest_bytes);
        memcpy(peer->rest, self->buffer + taken, peer->rest_bytes);
    }
    peer->tally.bytes += fresh, self->totals.bytes += fresh;
    if (peer->tally.events != events)
        peer->tally.last_ns = now_ns();
}

struct counter *counter_open(void)
{
    struct counter *self = calloc(1, sizeof *self);
    self->epoll = epoll_create1(EPOLL_CLOEXEC);
    self->buffer = malloc(BUFFER_BYTES);
    return self;
}

void counter_add(struct counter *self, int fd, const unsigned char *early, size_t early_bytes, int has_lines)
{
    if (self->peers_count == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : 256;
        self->peers = realloc(self->peers, (size_t)self->capacity * sizeof *self->peers);
    }
    int index = self->peers_count++;
    struct peer *peer = &self->peers[index];
    memset(peer, 0, sizeof *peer);
    peer->fd = fd;
    peer->has_lines = has_lines;
    struct epoll_event interest = {.events = EPOLLIN, .data.u32 = (uint32_t)index};
    epoll_ctl(self->epoll, EPOLL_CTL_ADD, fd, &interest);
    memcpy(self->buffer, early, early_bytes);
    take(self, peer, early_bytes);
}

/* Waits once, reads every socket that is ready once, and returns how many events that brought. */
uint64_t counter_pump(struct counter *self, int timeout_ms)
{
    struct epoll_event ready[READY];
    uint64_t before = self->totals.events;
    int count = epoll_wait(self->epoll, ready, READY, timeout_ms);
    for (int i = 0; i < count; i++) {
        struct peer *peer = &self->peers[ready[i].data.u32];
        if (peer->rest_bytes)
            memcpy(self->buffer, peer->rest, peer->rest_bytes);
        size_t room = BUFFER_BYTES - peer->rest_bytes;
        ssize_t got = recv(peer->fd, self->buffer + peer->rest_bytes, room, MSG_DONTWAIT);
        if (got > 0)
            take(self, peer, (size_t)got);
        else
            close_peer(self, peer);
    }
    return self->totals.events - before;
}

void counter_totals(struct counter *self, struct tally *out) { *out = self->totals; }

void counter_tallies(struct counter *self, struct tally *out)
{
    for (int i = 0; i < self->peers_count; i++)
        out[i] = self->peers[i].tally;
}

void counter_stamps(struct counter *self, uint64_t *out)
{
    for (int i = 0; i < self->peers_count; i++)
        out[i] = self->peers[i].tally.last_ns;
}

const char *counter_complaint(struct counter *self) { return self->complaint; }

void counter_close(struct counter *self)
{
    for (int i = 0; i < self->peers_count; i++)
        free(self->peers[i].rest);
    close(self->epoll);
    free(self->peers), free(self->buffer), free(self);
}
