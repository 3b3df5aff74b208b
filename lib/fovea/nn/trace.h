// TorchScript without Python: a module tree mirrored into a jit::Module and its computation traced.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "fovea/nn/module.h"

namespace torch::jit {
struct Module;
}

namespace fovea {

/// What is traced: one tensor in, several out.
using TensorFunction = std::function<std::vector<Tensor>(const Tensor&)>;

/// A TorchScript module whose `forward(images)` returns the tuple that `compute(example)` returned.
/// Its parameters are the module's own (shared, under the same names). `compute` must use no tensor
/// sizes as numbers, for those become constants; whoever writes the result compares it at other
/// shapes. Traced in evaluation mode, without gradients.
torch::jit::Module trace(Module& module, const TensorFunction& compute, const Tensor& example,
                         const std::string& name);

}  // namespace fovea
