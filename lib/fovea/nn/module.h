// A tree of named tensors: parameters, buffers and children, in the order of their registration.
// Names follow torchvision's modules, so that its published weights load by name. Against
// torch::nn::Module it compiles three times quicker, and export mirrors it into a jit::Module.
//
//   struct ConvBlock : Module {
//     ConvBlock(int64_t in, int64_t out) : conv(in, out, {.kernel = 3}), norm(out) {
//       child("conv", conv);
//       child("norm", norm);
//     }
//     Tensor forward(const Tensor& x) const { return at::relu(norm.forward(conv.forward(x))); }
//     Conv2d conv;
//     Norm2d norm;
//   };
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace fovea {

using at::Tensor;

/// One tensor of a module tree and its dotted name, "backbone.body.conv1.weight".
struct NamedTensor {
  std::string name;
  Tensor* tensor;  // the member itself: assigning to it replaces the module's tensor
  bool is_buffer;  // a buffer is saved and moved, not trained
};

class Module {
 public:
  Module() = default;
  Module(const Module&) = delete;  // children register the addresses of members
  Module& operator=(const Module&) = delete;
  virtual ~Module() = default;

  /// Parameters and buffers of the whole tree, own ones first, then child by child.
  std::vector<NamedTensor> named_tensors() const;
  std::vector<NamedTensor> named_parameters() const;
  std::vector<Tensor> parameters() const;

  /// Training mode of the whole tree (batch statistics, dropout).
  void train(bool on = true);
  void eval() { train(false); }
  bool is_training() const { return training_; }

  struct Own {
    std::string name;
    Tensor* tensor;
    bool is_buffer;
  };
  const std::vector<Own>& own_tensors() const { return own_; }
  const std::vector<std::pair<std::string, Module*>>& children() const { return children_; }

 protected:
  void parameter(std::string name, Tensor& member);  ///< switches its gradient on
  void buffer(std::string name, Tensor& member);
  void child(std::string name, Module& member);

 private:
  std::vector<Own> own_;
  std::vector<std::pair<std::string, Module*>> children_;
  bool training_ = true;
};

/// The number of elements of all parameters.
int64_t parameter_count(const Module& module);

/// Moves every tensor of the tree to `device`; 4-D parameters become channels last.
void move_to(Module& module, at::Device device);

/// `module` evaluates without gradients while this lives, then returns to its earlier mode.
class EvalScope {
 public:
  explicit EvalScope(Module& module);
  EvalScope(const EvalScope&) = delete;
  ~EvalScope();

 private:
  Module& module_;
  bool was_training_;
  bool had_gradients_;
};

}  // namespace fovea
