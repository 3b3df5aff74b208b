#include <fmt/core.h>

#include "commands.h"
#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/train/export.h"
#include "open_model.h"

namespace fovea {

extern "C" void fovea_export(const ExportCommand& command, Log& log) {
  const OpenModel opened = open_model(command.model, log, Place::cpu);
  if (opened.predictor) {
    fail(opened.file, "", "is an exported file already", "name a run folder or a weights file");
  }
  if (opened.file.empty()) {
    fail(command.model.path, "", "names no weights to export", "set model.weights=FILE");
  }
  const fs::path out =
      command.out.empty() ? fs::path(opened.file).replace_extension(".pt") : command.out;
  expect_writable(out);
  export_model(*opened.model, opened.info, out, log);
  log.line("exported to " + out.string());
}

}  // namespace fovea
