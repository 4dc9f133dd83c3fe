/*
 * The relay in the pod of a kubectl shell (docs/adr/0019): it carries kubectl's connections to the portal, which holds
 * the other end of one exec's standard streams. There is no credential and no network in it.
 *
 *   curfew-relay init PORT SILENCE   is the pod's first process. It listens on 127.0.0.1:PORT for kubectl, and waits for
 *                                    one `join`, whose streams it takes over. When these end, or bring nothing for
 *                                    SILENCE seconds, it ends, and the kernel kills every process of the pod with it.
 *   curfew-relay join PORT           is what the portal executes: it hands its standard streams to `init`, and waits.
 *
 * A frame is a letter, the number of a channel, the length of what follows (two bytes, the high one first) and that.
 * Channels are those of SSH (RFC 4254, section 5) in small: each side may send WINDOW bytes, then as many as the other
 * has granted since; the end of one direction is told; and a number is free again once both sides have closed it. The
 * last frame of either side on a channel is its C.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* The same numbers are in relay-frames.ts. */
enum { CHANNELS = 64, WINDOW = 256 * 1024, PAYLOAD = 16 * 1024, HEADER = 4 };
enum { OUTPUT = 8 * (HEADER + PAYLOAD), JOIN_WITHIN_S = 120 };
enum { OPEN = 'O', DATA = 'D', GRANT = 'W', END = 'E', CLOSE = 'C', PING = 'P' };

struct channel {
  bool used, end_sent, end_received, close_sent, close_received;
  int fd;              /* -1 once it is closed */
  uint32_t may_send;   /* to the portal */
  uint32_t ungranted;  /* taken by kubectl, and not yet granted to the portal anew */
  uint8_t *waiting;    /* from the portal, for kubectl */
  size_t start, length;
};

static struct channel channels[CHANNELS];
static uint8_t output[OUTPUT], input[2 * (HEADER + PAYLOAD)];
static size_t output_length, input_length;
static bool owes_ping;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void unblock(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }

/* ---- frames to the portal ---- */

static bool has_room(size_t payload) { return OUTPUT - output_length >= HEADER + payload; }

static void emit(uint8_t type, size_t channel, const uint8_t *payload, size_t length) {
  uint8_t *at = output + output_length;
  at[0] = type;
  at[1] = (uint8_t)channel;
  at[2] = (uint8_t)(length >> 8);
  at[3] = (uint8_t)length;
  if (length > 0) memcpy(at + HEADER, payload, length);
  output_length += HEADER + length;
}

static void flush(int portal) {
  if (output_length == 0) return;
  ssize_t written = write(portal, output, output_length);
  if (written < 0 && errno != EAGAIN && errno != EINTR) exit(0);
  if (written <= 0) return;
  output_length -= (size_t)written;
  memmove(output, output + written, output_length);
}

/* ---- channels ---- */

/** Ends kubectl's connection; a reset, where the portal did not come to its end. */
static void hang_up(struct channel *channel, bool reset) {
  if (channel->fd < 0) return;
  struct linger linger = {.l_onoff = 1, .l_linger = 0};
  if (reset) setsockopt(channel->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  close(channel->fd);
  channel->fd = -1;
  channel->length = 0;
}

static void accept_connection(int listener) {
  size_t free_channel = 0;
  while (free_channel < CHANNELS && channels[free_channel].used) free_channel++;
  if (free_channel == CHANNELS) return;
  int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return;
  int yes = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  uint8_t *waiting = malloc(WINDOW);
  if (waiting == NULL) fail("malloc");
  channels[free_channel] = (struct channel){.used = true, .fd = fd, .may_send = WINDOW, .waiting = waiting};
  emit(OPEN, free_channel, NULL, 0);
}

/** What kubectl sends goes to the portal. */
static void read_connection(size_t number) {
  static uint8_t chunk[PAYLOAD];
  struct channel *channel = &channels[number];
  size_t most = channel->may_send < PAYLOAD ? channel->may_send : PAYLOAD;
  ssize_t length = read(channel->fd, chunk, most);
  if (length < 0) {
    if (errno != EAGAIN && errno != EINTR) hang_up(channel, true);
  } else if (length == 0) {
    channel->end_sent = true;
    emit(END, number, NULL, 0);
  } else {
    channel->may_send -= (uint32_t)length;
    emit(DATA, number, chunk, (size_t)length);
  }
}

/** What the portal sent goes to kubectl. */
static void write_connection(struct channel *channel) {
  while (channel->length > 0) {
    size_t until_wrap = WINDOW - channel->start;
    size_t length = channel->length < until_wrap ? channel->length : until_wrap;
    ssize_t written = send(channel->fd, channel->waiting + channel->start, length, MSG_NOSIGNAL);
    if (written < 0) {
      if (errno != EAGAIN && errno != EINTR) hang_up(channel, true);
      return;
    }
    channel->start = (channel->start + (size_t)written) % WINDOW;
    channel->length -= (size_t)written;
    channel->ungranted += (uint32_t)written;
  }
  if (channel->end_received) shutdown(channel->fd, SHUT_WR);
}

/** Says what is due on a channel, as far as there is room, and frees it when both sides are done. */
static void settle(size_t number) {
  struct channel *channel = &channels[number];
  bool is_done = channel->end_sent && channel->end_received && channel->length == 0;
  bool is_unwanted = channel->close_received && channel->length == 0;
  if (is_done || is_unwanted) hang_up(channel, false);
  if (channel->fd < 0 && !channel->close_sent && has_room(0)) {
    emit(CLOSE, number, NULL, 0);
    channel->close_sent = true;
  }
  if (channel->fd >= 0 && channel->ungranted >= WINDOW / 4 && !channel->end_received && has_room(4)) {
    uint32_t granted = htonl(channel->ungranted);
    emit(GRANT, number, (uint8_t *)&granted, sizeof granted);
    channel->ungranted = 0;
  }
  if (channel->close_sent && channel->close_received) {
    free(channel->waiting);
    *channel = (struct channel){.used = false};
  }
}

/* ---- frames from the portal ---- */

static void keep(struct channel *channel, const uint8_t *payload, size_t length) {
  if (channel->fd < 0) return;
  if (length > WINDOW - channel->length || channel->end_received) exit(1);
  for (size_t index = 0; index < length;) {
    size_t at = (channel->start + channel->length) % WINDOW;
    size_t part = length - index < WINDOW - at ? length - index : WINDOW - at;
    memcpy(channel->waiting + at, payload + index, part);
    channel->length += part;
    index += part;
  }
}

static void act(uint8_t type, size_t number, const uint8_t *payload, size_t length) {
  if (type == PING) {
    owes_ping = true;
    return;
  }
  if (number >= CHANNELS || !channels[number].used || channels[number].close_received) exit(1);
  struct channel *channel = &channels[number];
  switch (type) {
    case DATA:
      keep(channel, payload, length);
      break;
    case GRANT: {
      uint32_t granted;
      if (length != sizeof granted) exit(1);
      memcpy(&granted, payload, sizeof granted);
      channel->may_send += ntohl(granted);
      break;
    }
    case END:
      channel->end_received = true;
      if (channel->fd >= 0) write_connection(channel);
      break;
    case CLOSE:
      channel->close_received = true;
      if (!channel->end_received) hang_up(channel, true);
      break;
    default:
      exit(1);
  }
}

static void receive(int portal) {
  ssize_t length = read(portal, input + input_length, sizeof input - input_length);
  if (length == 0) exit(0);
  if (length < 0) {
    if (errno == EAGAIN || errno == EINTR) return;
    exit(0);
  }
  input_length += (size_t)length;
  size_t at = 0;
  while (input_length - at >= HEADER) {
    size_t payload = (size_t)input[at + 2] << 8 | input[at + 3];
    if (payload > PAYLOAD) exit(1);
    if (input_length - at < HEADER + payload) break;
    act(input[at], input[at + 1], input + at + HEADER, payload);
    at += HEADER + payload;
  }
  input_length -= at;
  memmove(input, input + at, input_length);
}

/* ---- the two commands ---- */

static void carry(int listener, int joined, int from_portal, int to_portal, int silence_ms) {
  int64_t heard_at = now_ms();
  for (;;) {
    if (owes_ping && has_room(0)) {
      emit(PING, 0, NULL, 0);
      owes_ping = false;
    }
    for (size_t number = 0; number < CHANNELS; number++)
      if (channels[number].used) settle(number);
    flush(to_portal);

    bool has_space = has_room(PAYLOAD);
    struct pollfd polled[4 + CHANNELS] = {
        {.fd = from_portal, .events = POLLIN},
        {.fd = output_length > 0 ? to_portal : -1, .events = POLLOUT},
        {.fd = joined, .events = POLLIN},
        {.fd = has_space ? listener : -1, .events = POLLIN},
    };
    bool has_free = false;
    for (size_t number = 0; number < CHANNELS; number++) {
      struct channel *channel = &channels[number];
      struct pollfd *each = &polled[4 + number];
      if (!channel->used) has_free = true;
      each->fd = -1;
      if (!channel->used || channel->fd < 0) continue;
      bool reads = has_space && !channel->end_sent && !channel->close_received && channel->may_send > 0;
      each->events = (short)((reads ? POLLIN : 0) | (channel->length > 0 ? POLLOUT : 0));
      if (each->events != 0) each->fd = channel->fd;
    }
    if (!has_free) polled[3].fd = -1;

    int64_t left = heard_at + silence_ms - now_ms();
    if (left <= 0) exit(0);
    int count = poll(polled, 4 + CHANNELS, (int)left + 1);
    if (count < 0 && errno != EINTR) fail("poll");
    if (count <= 0) continue;
    if (polled[2].revents != 0) exit(0);
    if (polled[0].revents != 0) {
      receive(from_portal);
      heard_at = now_ms();
    }
    if ((polled[3].revents & POLLIN) != 0) accept_connection(listener);
    for (size_t number = 0; number < CHANNELS; number++) {
      struct channel *channel = &channels[number];
      short events = polled[4 + number].revents;
      if (events == 0 || !channel->used || channel->fd != polled[4 + number].fd) continue;
      if (channel->length > 0) write_connection(channel);
      bool reads = !channel->end_sent && !channel->close_received && channel->may_send > 0;
      if (channel->fd >= 0 && reads && has_room(PAYLOAD)) read_connection(number);
      else if (channel->fd >= 0 && (events & POLLERR) != 0) hang_up(channel, true);
    }
  }
}

/** Where `init` waits for `join`: a name without a file, in the pod's own network namespace. */
static socklen_t meeting_place(struct sockaddr_un *address, int port) {
  *address = (struct sockaddr_un){.sun_family = AF_UNIX};
  int length = snprintf(address->sun_path + 1, sizeof address->sun_path - 1, "curfew-relay-%d", port);
  return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
}

static void end_quietly(int signal) {
  (void)signal;
  _exit(0);
}

static void init(int port, int silence_s) {
  /* As the first process of a pod it is the parent of what lost its own: the kernel reaps those. */
  signal(SIGCHLD, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGTERM, end_quietly);
  struct sockaddr_in loopback = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(listener, (struct sockaddr *)&loopback, sizeof loopback) < 0 || listen(listener, 128) < 0) fail("listen");

  struct sockaddr_un address;
  socklen_t size = meeting_place(&address, port);
  int meeting = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(meeting, (struct sockaddr *)&address, size) < 0 || listen(meeting, 1) < 0) fail("meet");
  struct pollfd polled = {.fd = meeting, .events = POLLIN};
  if (poll(&polled, 1, JOIN_WITHIN_S * 1000) <= 0) exit(0);
  int joined = accept4(meeting, NULL, NULL, SOCK_CLOEXEC);
  if (joined < 0) fail("accept");
  /* Nobody joins after the first: whoever is in the pod cannot put himself between kubectl and the portal. */
  close(meeting);

  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(2 * sizeof(int))];
  } control;
  char byte;
  struct iovec iov = {.iov_base = &byte, .iov_len = 1};
  struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  if (recvmsg(joined, &message, MSG_CMSG_CLOEXEC) != 1) fail("recvmsg");
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header == NULL || header->cmsg_len != CMSG_LEN(2 * sizeof(int))) exit(1);
  int streams[2];
  memcpy(streams, CMSG_DATA(header), sizeof streams);
  unblock(streams[0]);
  unblock(streams[1]);
  carry(listener, joined, streams[0], streams[1], silence_s * 1000);
}

static void join(int port) {
  struct sockaddr_un address;
  socklen_t size = meeting_place(&address, port);
  int meeting = socket(AF_UNIX, SOCK_STREAM, 0);
  /* `init` may be about to listen. */
  for (int tries = 0; connect(meeting, (struct sockaddr *)&address, size) < 0; tries++) {
    if (tries == 200) fail("connect");
    usleep(20000);
  }
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(2 * sizeof(int))];
  } control = {0};
  char byte = 0;
  struct iovec iov = {.iov_base = &byte, .iov_len = 1};
  struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  control.header.cmsg_level = SOL_SOCKET;
  control.header.cmsg_type = SCM_RIGHTS;
  control.header.cmsg_len = CMSG_LEN(2 * sizeof(int));
  int streams[2] = {STDIN_FILENO, STDOUT_FILENO};
  memcpy(CMSG_DATA(&control.header), streams, sizeof streams);
  if (sendmsg(meeting, &message, 0) != 1) fail("sendmsg");
  while (read(meeting, &byte, 1) < 0 && errno == EINTR) continue;
}

int main(int count, char **arguments) {
  /* Nobody else in the pod, though of the same uid, looks into this process or at its streams. */
  prctl(PR_SET_DUMPABLE, 0);
  if (count == 4 && strcmp(arguments[1], "init") == 0) init(atoi(arguments[2]), atoi(arguments[3]));
  else if (count == 3 && strcmp(arguments[1], "join") == 0) join(atoi(arguments[2]));
  else {
    fputs("usage: curfew-relay init PORT SILENCE | curfew-relay join PORT\n", stderr);
    return 2;
  }
  return 0;
}
