use headlight_model::LAYER_NORM_EPSILON;

use crate::{Axis, Element, Graph, Node, Operation, Parameter, ParameterId, Shape, Value, ValueId};

/// A graph that grows from front to back.
pub(super) struct Build {
    graph: Graph,
}

impl Build {
    pub(super) fn new(name: &str) -> Self {
        let (inputs, outputs, attention) = (Vec::new(), Vec::new(), Vec::new());
        let (values, nodes, parameters) = (Vec::new(), Vec::new(), Vec::new());
        Self { graph: Graph { name: name.to_string(), inputs, outputs, attention, values, nodes, parameters } }
    }

    pub(super) fn finish(mut self, outputs: &[ValueId]) -> Graph {
        self.graph.outputs = outputs.to_vec();
        self.graph
    }

    pub(super) fn input(&mut self, name: &str, shape: Shape, element: Element) -> ValueId {
        let input = self.value(name, shape, element);
        self.graph.inputs.push(input);
        input
    }

    pub(super) fn node(
        &mut self,
        path: &str,
        operation: Operation,
        inputs: &[ValueId],
        parameters: &[ParameterId],
        shape: Shape,
    ) -> ValueId {
        self.node_of(Element::Float32, path, operation, inputs, parameters, shape)
    }

    pub(super) fn node_of(
        &mut self,
        element: Element,
        path: &str,
        operation: Operation,
        inputs: &[ValueId],
        parameters: &[ParameterId],
        shape: Shape,
    ) -> ValueId {
        // An input may have the name already, as bare attention's query has that of the layer which projects it.
        let is_taken = self.graph.values.iter().any(|value| value.name == path);
        let name = if is_taken { format!("{path}.output") } else { path.to_string() };
        let output = self.value(&name, shape, element);
        let (inputs, parameters) = (inputs.to_vec(), parameters.to_vec());
        self.graph.nodes.push(Node { path: path.to_string(), operation, inputs, parameters, output });
        output
    }

    /// `path.weight` and, where there is one, `path.bias`.
    pub(super) fn linear(
        &mut self,
        path: &str,
        input: ValueId,
        d_input: usize,
        d_output: usize,
        bias: bool,
        length: Axis,
    ) -> ValueId {
        let mut parameters = vec![self.parameter(&format!("{path}.weight"), &[d_input, d_output])];
        if bias {
            parameters.push(self.parameter(&format!("{path}.bias"), &[d_output]));
        }
        let shape = [Axis::BatchSize.into(), length.into(), d_output.into()].into();
        self.node(path, Operation::Linear, &[input], &parameters, shape)
    }

    /// `path.gamma` and `path.beta`.
    pub(super) fn layer_norm(&mut self, path: &str, input: ValueId, d_model: usize) -> ValueId {
        let scale = self.parameter(&format!("{path}.gamma"), &[d_model]);
        let shift = self.parameter(&format!("{path}.beta"), &[d_model]);
        let norm = Operation::LayerNorm { epsilon: LAYER_NORM_EPSILON };
        self.same_shape(path, norm, &[input], &[scale, shift])
    }

    /// A node that gives its first input's shape.
    pub(super) fn same_shape(
        &mut self,
        path: &str,
        operation: Operation,
        inputs: &[ValueId],
        parameters: &[ParameterId],
    ) -> ValueId {
        let shape = self.shape(inputs[0]);
        self.node(path, operation, inputs, parameters, shape)
    }

    pub(super) fn parameter(&mut self, name: &str, shape: &[usize]) -> ParameterId {
        self.graph.parameters.push(Parameter { name: name.to_string(), shape: shape.to_vec(), trainable: true });
        ParameterId(self.graph.parameters.len() - 1)
    }

    /// The parameter of this name, made before.
    pub(super) fn find_parameter(&self, name: &str) -> ParameterId {
        let found = self.graph.parameters.iter().position(|parameter| parameter.name == name);
        ParameterId(found.expect("the name of a parameter made before"))
    }

    pub(super) fn shape(&self, id: ValueId) -> Shape {
        self.graph.value(id).shape.clone()
    }

    /// Marks a value as the attention weights of every head, under the name that they have outside.
    pub(super) fn attention(&mut self, weights: ValueId, name: &str) {
        self.rename(weights, name);
        self.graph.attention.push(weights);
    }

    pub(super) fn rename(&mut self, id: ValueId, name: &str) {
        self.graph.values[id.0].name = name.to_string();
    }

    fn value(&mut self, name: &str, shape: Shape, element: Element) -> ValueId {
        self.graph.values.push(Value { name: name.to_string(), shape, element });
        ValueId(self.graph.values.len() - 1)
    }
}
