// The pixels of a record's file.
#pragma once

#include "fovea/data/vocabulary.h"
#include "fovea/image/decode.h"

namespace fovea {

/// Decodes the picture of a record. Error naming the file when it cannot be read or is not of the
/// size that the record states (0: states none).
Image read_picture(const Dataset& dataset, const Record& record);

/// Error when the file's header says another size than the record.
void expect_stated_size(const Dataset& dataset, const Record& record, int64_t height,
                        int64_t width);

}  // namespace fovea
