#include "launch.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "console.h"

namespace fovea {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kLostPeer =
    75;  // exit status of a process that ended because another had: EX_TEMPFAIL
constexpr auto kNoticeTime = std::chrono::milliseconds(1000);  // to notice that another is gone
constexpr auto kLeaveTime = std::chrono::milliseconds(2000);   // from SIGTERM to SIGKILL after that
constexpr auto kInsistTime =
    std::chrono::milliseconds(1000);  // a later stop signal is a second one

// ---- the environment ----

const char* variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr || *value == '\0' ? nullptr : value;
}

const char* needed(const char* name) {
  if (const char* const value = variable(name)) return value;
  fail(fmt::format("the environment gives this process a place among several, but no {}", name),
       "start the processes with torchrun or --procs, or unset RANK and WORLD_SIZE");
}

/// A whole number in [low, high]. Error naming the variable.
int64_t number(const char* name, int64_t low, int64_t high) {
  const char* const text = needed(name);
  int64_t value = 0;
  const char* const end = text + std::strlen(text);
  const auto [stop, problem] = std::from_chars(text, end, value);
  if (problem != std::errc() || stop != end || value < low || value > high) {
    fail(fmt::format("{} is `{}`", name, text),
         fmt::format("it must be a whole number from {} to {}", low, high));
  }
  return value;
}

bool launched() {
  return variable("FOVEA_LAUNCHED") != nullptr;
}

// ---- starting ----

struct Child {
  pid_t pid = 0;
  int errors = -1;  // file in memory that holds its standard error; rank 0 has the terminal's
  bool running = true;
  bool ended_by_us = false;  // we sent SIGTERM or SIGKILL because another had failed
  int status = 0;            // exit status, or 128 + the signal
  int signal = 0;            // that ended it
};

/// Listens at a free port of the loopback. The socket goes to rank 0: the port is never up for
/// grabs.
int listen_somewhere(int64_t& port) {
  const int socket_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (socket_fd < 0 || bind(socket_fd, any, size) != 0 || listen(socket_fd, SOMAXCONN) != 0 ||
      getsockname(socket_fd, any, &size) != 0) {
    fail(
        fmt::format("no port on 127.0.0.1 for the processes to meet at ({})", std::strerror(errno)),
        "the loopback interface must be up");
  }
  port = ntohs(address.sin_port);
  return socket_fd;
}

int64_t cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
}

void set_variable(const char* name, const std::string& value) {
  setenv(name, value.c_str(), 1);
}
void set_default(const char* name, const std::string& value) {
  if (variable(name) == nullptr) set_variable(name, value);
}

/// What all children share, in the variables of torchrun.
void prepare_environment(int64_t processes, int64_t port) {
  set_variable("WORLD_SIZE", std::to_string(processes));
  set_variable("LOCAL_WORLD_SIZE", std::to_string(processes));
  set_variable("MASTER_ADDR", "127.0.0.1");
  set_variable("MASTER_PORT", std::to_string(port));
  set_variable("FOVEA_LAUNCHED", "1");
  unsetenv("TORCHELASTIC_USE_AGENT_STORE");
  unsetenv("TORCHELASTIC_RESTART_COUNT");
  set_default("OMP_NUM_THREADS", std::to_string(std::max<int64_t>(1, cores() / processes)));
  // Waiting OpenMP threads spin; with more threads than cores they take them from those that work.
  const char* const threads = std::getenv("OMP_NUM_THREADS");
  if (std::strtoll(threads, nullptr, 10) * processes > cores()) {
    set_default("OMP_WAIT_POLICY", "PASSIVE");
  }
}

/// In the child, never returns: becomes rank `rank` of the program.
[[noreturn]] void become(int64_t rank, pid_t parent, int errors, int listening_socket,
                         const sigset_t& mask, char* const* argv) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);     // no orphans, however the parent ends
  if (getppid() != parent) _exit(137);  // it had ended before the line above
  setpgid(0, 0);  // the terminal's signals reach the parent alone, which passes each on once
  set_variable("RANK", std::to_string(rank));
  set_variable("LOCAL_RANK", std::to_string(rank));
  if (rank == 0) {
    fcntl(listening_socket, F_SETFD, 0);  // survives exec
    set_variable("FOVEA_LISTENING_SOCKET", std::to_string(listening_socket));
  } else {
    const int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    dup2(errors, STDERR_FILENO);
  }
  sigprocmask(SIG_SETMASK, &mask, nullptr);
  execv("/proc/self/exe", argv);
  std::fprintf(stderr, "fovea: could not start itself again: %s\n", std::strerror(errno));
  _exit(1);
}

/// SIGCHLD and the stop signals that the user has not switched off (nohup, `&` in a script).
sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGTSTP}) {
    struct sigaction action = {};
    sigaction(signal, nullptr, &action);
    if (action.sa_handler != SIG_IGN) sigaddset(&set, signal);
  }
  return set;
}

std::vector<Child> start(int64_t processes, const sigset_t& mask, char* const* argv) {
  int64_t port = 0;
  const int listening_socket = listen_somewhere(port);
  prepare_environment(processes, port);
  std::fflush(nullptr);  // or the children would write it again
  const pid_t parent = getpid();
  std::vector<Child> children;
  for (int64_t rank = 0; rank < processes; ++rank) {
    Child child;
    if (rank > 0) child.errors = memfd_create("standard error", MFD_CLOEXEC);
    child.pid = fork();
    if (child.pid == 0) become(rank, parent, child.errors, listening_socket, mask, argv);
    if (child.pid < 0) {
      const std::string problem = std::strerror(errno);
      for (const Child& other : children) kill(other.pid, SIGKILL);
      for (const Child& other : children) waitpid(other.pid, nullptr, 0);
      sigprocmask(SIG_SETMASK, &mask, nullptr);
      fail(fmt::format("process {} of {} could not be started ({})", rank + 1, processes, problem),
           "start fewer");
    }
    children.push_back(child);
  }
  close(listening_socket);
  return children;
}

// ---- watching over them ----

bool any_running(const std::vector<Child>& children) {
  return std::any_of(children.begin(), children.end(), [](const Child& c) { return c.running; });
}

void signal_all(std::vector<Child>& children, int signal) {
  for (const Child& child : children) {
    if (child.running) kill(child.pid, signal);
  }
}

/// Done, or stopped after a save: the others get there by themselves.
bool ended_in_order(const Child& child) {
  return child.signal == 0 &&
         (child.status == 0 || child.status == 128 + SIGINT || child.status == 128 + SIGTERM);
}

class Watch {
 public:
  Watch(std::vector<Child> children, const sigset_t& watched)
      : children_(std::move(children)), watched_(watched) {}

  /// Returns when all have ended.
  void run() {
    while (any_running(children_)) {
      wait_for_signal();
      collect();
      if (failed_) end_the_others();
    }
  }
  int report() const;

 private:
  void wait_for_signal() {
    const timespec tick = {.tv_sec = failed_ ? 0 : 3600, .tv_nsec = 50'000'000};
    siginfo_t info = {};
    const int signal = sigtimedwait(&watched_, &info, &tick);
    if (signal == SIGTSTP) {
      signal_all(children_, SIGSTOP);
      raise(SIGSTOP);  // goes on from here when the shell says so
      signal_all(children_, SIGCONT);
    } else if (signal > 0 && signal != SIGCHLD) {
      pass_on(signal == SIGHUP ? SIGTERM : signal);  // a closed terminal: save and leave
    }
  }

  void pass_on(int signal) {
    const Clock::time_point now = Clock::now();
    if (stop_ == 0) {
      stop_ = signal;
      stopped_at_ = now;
      signal_all(children_, signal);
    } else if (now - stopped_at_ > kInsistTime) {  // `timeout` sends the first one twice
      signal_all(children_, SIGKILL);
      insisted_ = true;
    }
  }

  void collect() {
    int status = 0;
    for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
      const auto child = std::find_if(children_.begin(), children_.end(),
                                      [pid](const Child& c) { return c.pid == pid; });
      if (child == children_.end()) continue;
      child->running = false;
      child->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
      child->status = child->signal != 0 ? 128 + child->signal : WEXITSTATUS(status);
      order_.push_back(static_cast<size_t>(child - children_.begin()));
      const bool stopped_early = stop_ != 0 && child->signal == stop_;  // before it could save
      if (!failed_ && !ended_in_order(*child) && !stopped_early) {
        failed_ = true;
        failed_at_ = Clock::now();
      }
    }
  }

  /// They have noticed by now, or are told, or are past telling.
  void end_the_others() {
    const auto spent = Clock::now() - failed_at_;
    if (spent < kNoticeTime) return;
    const int signal = spent < kNoticeTime + kLeaveTime ? SIGTERM : SIGKILL;
    for (Child& child : children_) {
      if (!child.running || (signal == SIGTERM && child.ended_by_us)) continue;
      child.ended_by_us = true;
      kill(child.pid, signal);
    }
  }

  const Child* cause() const;

  std::vector<Child> children_;
  sigset_t watched_;
  std::vector<size_t> order_;  // ranks as they ended
  int stop_ = 0;               // the signal that was passed on
  bool insisted_ = false;
  Clock::time_point stopped_at_ = {};
  bool failed_ = false;
  Clock::time_point failed_at_ = {};
};

// ---- what happened ----

/// The first that failed by itself, null when there is none.
const Child* Watch::cause() const {
  for (const size_t rank : order_) {
    const Child& child = children_[rank];
    const bool by_stop = stop_ != 0 && child.signal == stop_;
    if (!ended_in_order(child) && child.status != kLostPeer && !child.ended_by_us && !by_stop) {
      return &child;
    }
  }
  return nullptr;
}

/// What a rank without the terminal had to say.
std::string said(const Child& child) {
  std::string text;
  if (child.errors < 0) return text;
  char piece[4096];
  lseek(child.errors, 0, SEEK_SET);
  for (ssize_t got = 0; (got = read(child.errors, piece, sizeof(piece))) > 0;) {
    text.append(piece, static_cast<size_t>(got));
  }
  return text;
}

std::string describe_end(const Child& child, size_t rank, size_t processes) {
  const std::string who = fmt::format("process {} of {}", rank + 1, processes);
  const char* const others = "the others were stopped; a training run continues with --resume RUN";
  if (child.signal == 0) {
    return fmt::format("fovea: {} ended with status {}; {}\n", who, child.status, others);
  }
  const char* const hint = child.signal == SIGKILL ? " (often for lack of memory: see dmesg)" : "";
  return fmt::format("fovea: {} was ended by signal {}, {}{}; {}\n", who, child.signal,
                     sigdescr_np(child.signal), hint, others);
}

/// Says what went wrong, once, and returns the status for all.
int Watch::report() const {
  if (insisted_) return 128 + stop_;
  if (const Child* const failed = cause()) {
    const auto rank = static_cast<size_t>(failed - children_.data());
    // Both fail alike when, say, a file is missing; rank 0 has said it then.
    const bool has_spoken = failed->status == 1 || failed->status == 2;  // as run_app does
    const bool said_by_first = has_spoken && children_[0].status == failed->status;
    std::string message = said_by_first ? "" : said(*failed);
    const bool explained = said_by_first || (has_spoken && !message.empty());
    if (!explained) message += describe_end(*failed, rank, children_.size());
    std::fputs(message.c_str(), stderr);
    return failed->status;
  }
  for (const size_t rank : order_) {
    const Child& child = children_[rank];
    if (child.status == 0) continue;
    if (child.status == kLostPeer) {
      std::fprintf(stderr,
                   "fovea: the %zu processes lost contact, one does not answer; a training run "
                   "continues with --resume RUN\n",
                   children_.size());
    }
    return child.status == kLostPeer ? 1 : child.status;
  }
  return 0;
}

}  // namespace

std::optional<Rendezvous> rendezvous_from_environment() {
  if (variable("RANK") == nullptr && variable("WORLD_SIZE") == nullptr) return std::nullopt;
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  Rendezvous place;
  place.size = number("WORLD_SIZE", 1, kMost);
  place.rank = number("RANK", 0, place.size - 1);
  if (const char* const restarts = variable("TORCHELASTIC_RESTART_COUNT")) place.attempt = restarts;
  if (place.size == 1) return place;
  place.local_rank = number("LOCAL_RANK", 0, place.size - 1);
  place.port = number("MASTER_PORT", 1, 65535);
  place.address = needed("MASTER_ADDR");
  const char* const agent = variable("TORCHELASTIC_USE_AGENT_STORE");
  place.agent_serves = agent != nullptr && std::string_view(agent) == "True";
  if (place.rank == 0 && variable("FOVEA_LISTENING_SOCKET") != nullptr) {
    place.listening_socket = static_cast<int>(number("FOVEA_LISTENING_SOCKET", 3, kMost));
  }
  return place;
}

int launch(int64_t processes, char* const* argv) {
  signal(SIGCHLD, SIG_DFL);  // one that the parent had ignored would never tell of an end
  const sigset_t watched = watched_signals();
  sigset_t mask;
  sigprocmask(SIG_BLOCK, &watched, &mask);
  Watch watch(start(processes, mask, argv), watched);
  watch.run();
  sigprocmask(SIG_SETMASK, &mask, nullptr);
  return watch.report();
}

int run_rank(const std::function<void()>& app) {
  bool lost_peer = false;
  const int status = run_app([&] {
    try {
      app();
    } catch (const PeerLost&) {
      if (!launched()) throw;
      lost_peer = true;
    }
  });
  return lost_peer ? kLostPeer : status;
}

}  // namespace fovea
