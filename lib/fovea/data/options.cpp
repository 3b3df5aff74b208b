#include "fovea/data/options.h"

namespace fovea {

void fields(OptionList& field, SplitOptions& o) {
  field("images", o.images, "folder of its images, in place of a search in data.root");
  field("annotations", o.annotations, "its COCO file, given together with the folder of images");
}

void fields(OptionList& field, DataOptions& o) {
  field("root", o.root, "folder of the data set");
  field("train", o.train.name, "name of the split that is learned from");
  field.group("train", o.train);
  field("val", o.val.name, "name of the split that is evaluated");
  field.group("val", o.val);
  field("allow", o.allow,
        "codes of data errors, as D503, that do not stop training: what has them is passed over");
  field("on_error", o.on_error, {{"stop", OnError::stop}, {"skip", OnError::skip}},
        "at an image that cannot be read: end the run, or list it and show others instead");
}

}  // namespace fovea
