#include "fovea/dist/group.h"

#include <fmt/format.h>
#include <gloo/common/error.h>

#include <string>
#include <string_view>

namespace fovea {
namespace {

/// The first line of a message, without LibTorch's stack trace and Gloo's place in its source.
std::string reason(const std::exception& error) {
  std::string text = error.what();
  text = text.substr(0, text.find('\n'));
  if (text.starts_with('[')) text.erase(0, text.find("] ") + 2);
  return text;
}

}  // namespace

bool tells_lost_peer(const std::exception& error) {
  if (dynamic_cast<const gloo::Exception*>(&error) != nullptr) return true;
  if (dynamic_cast<const c10::DistError*>(&error) != nullptr) return true;
  // Autograd's threads hand errors on as plain ones, with the text alone.
  const std::string_view text = error.what();
  for (const char* sign :
       {"Connection closed by peer", "Connection reset by peer", "Broken pipe", "Timed out waiting",
        "gloo/transport", "NCCL error", "ncclRemoteError"}) {
    if (text.find(sign) != text.npos) return true;
  }
  return false;
}

void with_peers(const Group& group, const std::function<void()>& work) {
  try {
    work();
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    if (!tells_lost_peer(error)) throw;
    throw PeerLost(fmt::format(
        "process {} of {} lost contact with the others ({}); one of them ended or hangs, its own "
        "message says why",
        group.rank + 1, group.size, reason(error)));
  }
}

}  // namespace fovea
