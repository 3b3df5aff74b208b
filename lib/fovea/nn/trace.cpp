#include "fovea/nn/trace.h"

#include <torch/csrc/jit/api/compilation_unit.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/frontend/tracer.h>

namespace fovea {
namespace {

namespace jit = torch::jit;

using Unit = std::shared_ptr<jit::CompilationUnit>;

/// The same tensors under the same names: the tracer recognises them by identity.
jit::Module mirror(const Module& module, const std::string& name, const Unit& unit) {
  jit::Module result(c10::QualifiedName(name), unit, /*shouldMangle=*/true);
  result.register_attribute("training", c10::BoolType::get(), false);
  for (const Module::Own& own : module.own_tensors()) {
    if (own.is_buffer) {
      result.register_buffer(own.name, *own.tensor);
    } else {
      result.register_parameter(own.name, *own.tensor, /*is_buffer=*/false);
    }
  }
  for (const auto& [child_name, child] : module.children()) {
    result.register_module(child_name, mirror(*child, name + "_" + child_name, unit));
  }
  return result;
}

}  // namespace

jit::Module trace(Module& module, const TensorFunction& compute, const Tensor& example,
                  const std::string& name) {
  const EvalScope evaluating(module);
  const auto unit = std::make_shared<jit::CompilationUnit>();
  jit::Module result = mirror(module, "__torch__.fovea." + name, unit);
  const auto traced = jit::tracer::trace(
      {example},
      [&compute](jit::Stack inputs) -> jit::Stack {
        std::vector<c10::IValue> outputs;
        for (Tensor& output : compute(inputs.front().toTensor())) {
          outputs.emplace_back(std::move(output));
        }
        return {c10::ivalue::Tuple::create(std::move(outputs))};
      },
      [](const at::Tensor&) { return std::string(); }, /*strict=*/true, /*force_outplace=*/false,
      &result, {"images"});
  const auto forward = unit->create_function(c10::QualifiedName(*result.type()->name(), "forward"),
                                             traced.first->graph);
  result.type()->addMethod(forward);
  return result;
}

}  // namespace fovea
