//! The gradients of a model as numbers, as they go from one worker to another, or from one device to another.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use headlight_model::Transformer;

/// Of all parameters in the model's order, each row by row. They are read together: of a device across a network, every read waits
/// for its answer.
///
/// # Panics
///
/// When a parameter has no gradient, or the device fails.
pub(crate) fn to_numbers(model: &Transformer, gradients: &GradientsParams) -> Vec<f32> {
    let mut rows = Rows { gradients, rows: Vec::new() };
    model.visit(&mut rows);
    Tensor::cat(rows.rows, 0).into_data().iter::<f32>().collect()
}

/// The gradients of which these are the numbers.
///
/// # Panics
///
/// When there are fewer numbers than parameters.
pub(crate) fn from_numbers(model: &Transformer, numbers: &[f32], device: &Device) -> GradientsParams {
    let mut writer = Write { rest: numbers, gradients: GradientsParams::new(), device };
    model.visit(&mut writer);
    writer.gradients
}

struct Rows<'a> {
    gradients: &'a GradientsParams,
    rows: Vec<Tensor<1>>,
}

impl ModuleVisitor for Rows<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let gradient = self.gradients.get::<D>(param.id).expect("every parameter takes part in the loss");
        self.rows.push(gradient.flatten(0, D - 1));
    }
}

struct Write<'a> {
    rest: &'a [f32],
    gradients: GradientsParams,
    device: &'a Device,
}

impl ModuleVisitor for Write<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let shape = param.val().shape();
        let (numbers, rest) = self.rest.split_at(shape.num_elements());
        self.rest = rest;
        let data = TensorData::new(numbers.to_vec(), shape);
        self.gradients.register(param.id, Tensor::<D>::from_data(data, self.device));
    }
}
