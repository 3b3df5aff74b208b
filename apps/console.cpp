#include "console.h"

#include <cxxabi.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <fmt/core.h>
#include <malloc.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <new>
#include <string>
#include <typeinfo>

#include "fovea/core/error.h"
#include "fovea/core/options.h"

namespace {

/// Where the exception that this thread threw last came from. When it is caught its stack is gone,
/// so the addresses are noted as it is thrown.
struct ThrowSite {
  std::array<void*, 48> frames = {};
  int depth = 0;
};
thread_local ThrowSite last_throw;

}  // namespace

// Stands before the C++ runtime's function of this name, which it calls.
extern "C" [[noreturn]] void __cxa_throw(void* thrown, void* type, void (*destroy)(void*)) {
  using Throw = void (*)(void*, void*, void (*)(void*));
  static const auto next = reinterpret_cast<Throw>(dlsym(RTLD_NEXT, "__cxa_throw"));
  if (*static_cast<const std::type_info*>(type) != typeid(fovea::Error)) {
    last_throw.depth =
        backtrace(last_throw.frames.data(), static_cast<int>(last_throw.frames.size()));
  }
  next(thrown, type, destroy);
  std::abort();
}

namespace fovea {
namespace {

std::string demangle(const char* name) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(
      abi::__cxa_demangle(name, nullptr, nullptr, &status), std::free);
  return status == 0 ? text.get() : name;
}

/// "fovea::fit(...) + 0x12 in bin/fovea", innermost first, without the noting function itself.
std::string stack_trace(const ThrowSite& site) {
  std::string text;
  for (int i = 1; i < site.depth; ++i) {
    void* address = site.frames[static_cast<size_t>(i)];
    Dl_info info{};
    if (dladdr(address, &info) == 0 || info.dli_fname == nullptr) continue;
    const bool named = info.dli_sname != nullptr;
    const void* base = named ? info.dli_saddr : info.dli_fbase;
    text += fmt::format("  {:2}  {} + {:#x} in {}\n", i, named ? demangle(info.dli_sname) : "?",
                        static_cast<const char*>(address) - static_cast<const char*>(base),
                        info.dli_fname);
  }
  return text;
}

int report_error(std::string_view line) {
  fmt::print(stderr, "fovea: {}\n", line);
  return 2;
}

/// What LibTorch says when memory is short, which is no bug; empty for anything else. Its types are
/// unknown here.
std::string memory_problem(const std::exception& error) {
  const std::string text = error.what();
  const std::string remedy = "; lower train.batch, model.size or `--batch`";
  if (text.starts_with("CUDA out of memory")) {
    return text.substr(0, text.find('\n')) + remedy;
  }
  if (text.find("DefaultCPUAllocator: can't allocate memory") != std::string::npos) {
    return "there is not enough memory" + remedy;
  }
  return {};
}

int report_bug(std::string_view kind, std::string_view message) {
  const std::string text = fmt::format("fovea: internal error\n{}: {}\nthrown at\n{}", kind,
                                       message, stack_trace(last_throw));
  std::fputs(text.c_str(), stderr);
  return 1;
}

std::atomic<int> stopped = 0;
std::atomic<int64_t> stopped_at = 0;                   // milliseconds
static_assert(std::atomic<int>::is_always_lock_free);  // a signal handler may touch it
static_assert(std::atomic<int64_t>::is_always_lock_free);

int64_t milliseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

/// `timeout` signals a process and then its group: what follows within a second is the same wish.
/// A closed terminal asks for what SIGTERM asks for.
void note_stop(int signal) {
  const int meant = signal == SIGHUP ? SIGTERM : signal;
  int64_t first = 0;
  if (stopped_at.compare_exchange_strong(first, milliseconds())) {
    stopped = meant;
  } else if (milliseconds() - first > 1000) {
    _exit(128 + meant);
  }
}

/// Unless the parent had the signal ignored, as `nohup` does.
void handle(int signal, const struct sigaction& action) {
  struct sigaction before {};
  sigaction(signal, nullptr, &before);
  if (before.sa_handler != SIG_IGN) sigaction(signal, &action, nullptr);
}

/// "1m20s": whole seconds, and no seconds once it is hours.
std::string time_left(double seconds) {
  const double unit = seconds < 3600 ? 1 : 60;
  return to_text(Duration{.seconds = std::max(1.0, std::round(seconds / unit) * unit)});
}

std::string rate_text(double rate) {
  return rate >= 100 ? fmt::format("{:.0f}", rate) : fmt::format("{:.3g}", rate);
}

/// "train 40/400 steps (10%), 12.3 steps/s, 29s left, loss 1.2"
std::string plain_text(const Progress& p) {
  std::string text = fmt::format("{} {}", p.what, p.done);
  if (p.total > 0) text += fmt::format("/{}", p.total);
  if (!p.unit.empty()) text += fmt::format(" {}", p.unit);
  if (p.total > 0) text += fmt::format(" ({}%)", 100 * p.done / p.total);
  if (p.rate > 0) text += fmt::format(", {} {}/s", rate_text(p.rate), p.unit);
  if (p.seconds_left > 0) text += fmt::format(", {} left", time_left(p.seconds_left));
  if (!p.note.empty()) text += fmt::format(", {}", p.note);
  return text;
}

/// "train [=====>    ] 40/400  12.3 steps/s  29s left  loss 1.2", at most `columns` characters.
std::string bar_text(const Progress& p, size_t columns) {
  std::string text = std::string(p.what);
  if (p.total > 0) {
    constexpr int64_t kCells = 24;
    const int64_t full = std::clamp<int64_t>(kCells * p.done / p.total, 0, kCells);
    std::string cells(static_cast<size_t>(full), '=');
    if (full < kCells) cells += '>';
    cells.resize(kCells, ' ');
    text += fmt::format(" [{}] {}/{}", cells, p.done, p.total);
  } else {
    text += fmt::format(" {} {}", p.done, p.unit);
  }
  if (p.rate > 0) text += fmt::format("  {} {}/s", rate_text(p.rate), p.unit);
  if (p.seconds_left > 0) text += fmt::format("  {} left", time_left(p.seconds_left));
  if (!p.note.empty()) text += "  " + p.note;
  if (text.size() > columns) text.resize(columns);
  return text;
}

size_t terminal_columns(std::FILE* stream) {
  winsize size{};
  if (ioctl(fileno(stream), TIOCGWINSZ, &size) != 0 || size.ws_col < 2) return 79;
  return size.ws_col - 1U;  // a full last column would wrap on some terminals
}

bool is_last(const Progress& p) {
  return p.total > 0 && p.done >= p.total;
}

}  // namespace

int run_app(const std::function<void()>& app) try {
  app();
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    fail("standard output could not be written", "check free space where it goes");
  }
  return 0;
} catch (const Error& error) {
  return report_error(error.what());
} catch (const std::filesystem::filesystem_error& error) {
  return report_error(fmt::format("{}: {}; check the name and its permissions",
                                  error.path1().string(), error.code().message()));
} catch (const std::system_error& error) {
  const int number = error.code().value();  // fmt says so of what it could not print
  if (number != ENOSPC && number != EPIPE && number != EIO) {
    return report_bug(demangle(typeid(error).name()), error.what());
  }
  return report_error("standard output could not be written; check free space where it goes");
} catch (const std::bad_alloc&) {
  return report_error("there is not enough memory; make batches or pictures smaller");
} catch (const Stopped& stopped) {
  fmt::print(stderr, "fovea: stopped; what was begun is removed\n");
  return 128 + stopped.signal;
} catch (const std::exception& bug) {
  if (const std::string cause = memory_problem(bug); !cause.empty()) return report_error(cause);
  return report_bug(demangle(typeid(bug).name()), bug.what());
} catch (...) {
  return report_bug("unknown exception", "no message");
}

const std::atomic<int>& stop_signal() {
  static const bool installed = [] {
    struct sigaction action {};
    action.sa_handler = note_stop;
    action.sa_flags = SA_RESTART;
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) handle(signal, action);
    return true;
  }();
  static_cast<void>(installed);
  return stopped;
}

void settle_process() {
  setenv("GOMP_SPINCOUNT", "20000", /*overwrite=*/0);
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

bool is_terminal(std::FILE* stream) {
  const char* kind = std::getenv("TERM");
  return isatty(fileno(stream)) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
}

bool wants_colour(std::FILE* stream) {
  const char* refusal = std::getenv("NO_COLOR");
  return is_terminal(stream) && (refusal == nullptr || *refusal == '\0');
}

ConsoleLog::ConsoleLog(Voice voice, std::FILE* stream)
    : voice_(voice),
      stream_(stream),
      terminal_(is_terminal(stream)),
      colour_(wants_colour(stream)),
      file_(nullptr, std::fclose) {}

ConsoleLog::~ConsoleLog() {
  end_bar();
}

void ConsoleLog::line(std::string_view text) {
  const std::lock_guard lock(mutex_);
  if (voice_ == Voice::normal) say(text);
  write_file(text);
}

void ConsoleLog::warning(std::string_view text) {
  const std::lock_guard lock(mutex_);
  say(fmt::format("{}fovea: warning:{} {}", colour_ ? "\033[33m" : "", colour_ ? "\033[0m" : "",
                  text));
  write_file(fmt::format("warning: {}", text));
}

void ConsoleLog::heed_signals() {
  stop_ = &stop_signal();
}

void ConsoleLog::expect_wanted() const {
  if (stop_ != nullptr && *stop_ != 0) throw Stopped{.signal = *stop_};
}

void ConsoleLog::progress(const Progress& p) {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  const bool first = work_ != p.what || p.done < last_done_;
  const bool last = is_last(p) && (first || last_done_ < p.done);
  if (first) end_bar();
  work_ = p.what;
  last_done_ = p.done;
  const bool write = first || last || now - written_ >= std::chrono::seconds(10);
  if (write) {
    written_ = now;
    const std::string text = plain_text(p);
    write_file(text);
    if (voice_ == Voice::normal && !terminal_) say(text);
  }
  if (voice_ == Voice::quiet || !terminal_) return;
  if (!first && !last && now - drawn_ < std::chrono::milliseconds(100)) return;
  drawn_ = now;
  draw_bar(p);
  if (last) end_bar();
}

void ConsoleLog::set_file(const std::filesystem::path& path) {
  const std::lock_guard lock(mutex_);
  file_.reset(std::fopen(path.c_str(), "ae"));
  if (!file_) {
    fail(path, "", fmt::format("could not be opened: {}", std::strerror(errno)),
         "check the name, free space and permissions");
  }
}

/// A line above the progress bar, which is drawn again below it.
void ConsoleLog::say(std::string_view text) {
  const std::string bar = bar_;
  clear_bar();
  std::fprintf(stream_, "%.*s\n%s", static_cast<int>(text.size()), text.data(), bar.c_str());
  std::fflush(stream_);
  bar_ = bar;
}

void ConsoleLog::clear_bar() {
  if (!bar_.empty()) std::fputs("\r\033[K", stream_);
  bar_.clear();
}

void ConsoleLog::draw_bar(const Progress& p) {
  bar_ = bar_text(p, terminal_columns(stream_));
  const size_t open = bar_.find('[');
  const size_t shut = bar_.find(']');
  if (colour_ && open != std::string::npos && shut != std::string::npos) {
    bar_.insert(shut, "\033[0m");
    bar_.insert(open + 1, "\033[32m");
  }
  std::fprintf(stream_, "\r\033[K%s", bar_.c_str());
  std::fflush(stream_);
}

/// Leaves the bar standing as an ordinary line.
void ConsoleLog::end_bar() {
  if (!bar_.empty()) std::fputc('\n', stream_);
  bar_.clear();
}

void ConsoleLog::write_file(std::string_view text) {
  if (!file_) return;
  std::fprintf(file_.get(), "%.*s\n", static_cast<int>(text.size()), text.data());
  std::fflush(file_.get());
}

}  // namespace fovea
