//! Gradients by the names of their parameters.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use headlight_model::Transformer;

pub type Named = Vec<(String, Vec<f32>)>;

/// Every parameter's gradient, in the order of the model.
pub fn by_name(model: &Transformer, gradients: &GradientsParams) -> Named {
    struct ByName<'a> {
        gradients: &'a GradientsParams,
        path: Vec<String>,
        found: Named,
    }
    impl ModuleVisitor for ByName<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let gradient = self.gradients.get::<D>(param.id);
            let numbers = gradient.map(|gradient| gradient.into_data().iter::<f32>().collect());
            self.found.push((self.path.join("."), numbers.unwrap_or_default()));
        }
        fn enter_module(&mut self, name: &str, _container_type: &str) {
            self.path.push(name.to_string());
        }
        fn exit_module(&mut self, _name: &str, _container_type: &str) {
            self.path.pop();
        }
    }
    let mut visitor = ByName { gradients, path: Vec::new(), found: Vec::new() };
    model.visit(&mut visitor);
    visitor.found
}

/// Equal but for the rounding of sums made in another order: their [`largest_share`] is at most `share`, such as 1e-4.
pub fn assert_near(left: &Named, right: &Named, share: f32, what: &str) {
    let (largest, name) = largest_share(left, right);
    assert!(largest <= share, "{what}, {name}: {largest:e} of its largest gradient");
}

/// The largest difference as a share of its parameter's largest gradient, and which parameter has it. A hundredth of the largest
/// gradient of all is added to the latter, for gradients that are rounding alone, such as a key bias has: softmax does not see it.
pub fn largest_share(left: &Named, right: &Named) -> (f32, String) {
    let largest = |numbers: &[f32]| numbers.iter().fold(0.0, |largest: f32, number| largest.max(number.abs()));
    let overall = right.iter().map(|(_, numbers)| largest(numbers)).fold(0.0, f32::max);
    assert_eq!(left.len(), right.len());
    let mut most = (0.0, String::new());
    for ((name, left), (_, right)) in left.iter().zip(right) {
        assert_eq!(left.len(), right.len(), "{name}");
        for (left, other) in left.iter().zip(right) {
            let share = (left - other).abs() / (largest(right) + overall / 100.0);
            assert!(share.is_finite(), "{name}: {left} against {other}");
            if share > most.0 {
                most = (share, name.clone());
            }
        }
    }
    most
}
