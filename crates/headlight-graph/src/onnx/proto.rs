//! Small pieces of an ONNX file.

use super::schema::attribute_proto::AttributeType;
use super::schema::tensor_proto::DataType;
use super::schema::tensor_shape_proto::{Dimension as DimensionProto, dimension};
use super::schema::type_proto::{self, Tensor as TensorType};
use super::schema::{AttributeProto, NodeProto, TensorProto, TensorShapeProto, TypeProto, ValueInfoProto};
use crate::{Dimension, Element, Value};

/// The kinds of numbers that we write.
#[derive(Clone, Copy)]
pub(super) enum Type {
    Float,
    Double,
    Int64,
}

/// What an attribute holds.
pub(super) enum Attribute<'a> {
    Float(f32),
    Int(i64),
    Ints(&'a [i64]),
    Tensor(&'a TensorProto),
}

impl Type {
    pub(super) fn number(self) -> i32 {
        let data_type = match self {
            Self::Float => DataType::Float,
            Self::Double => DataType::Double,
            Self::Int64 => DataType::Int64,
        };
        data_type as i32
    }
}

/// A tensor of little-endian bytes.
pub(super) fn tensor(name: &str, element: Type, shape: &[usize], bytes: Vec<u8>) -> TensorProto {
    TensorProto {
        name: Some(name.to_string()),
        data_type: Some(element.number()),
        dims: shape.iter().map(|length| *length as i64).collect(),
        raw_data: Some(bytes),
        ..Default::default()
    }
}

pub(super) fn node(
    name: &str,
    operator: &str,
    inputs: &[&str],
    output: &str,
    attributes: &[(&str, Attribute<'_>)],
) -> NodeProto {
    NodeProto {
        name: Some(name.to_string()),
        op_type: Some(operator.to_string()),
        input: inputs.iter().map(ToString::to_string).collect(),
        output: vec![output.to_string()],
        attribute: attributes.iter().map(|(name, value)| attribute(name, value)).collect(),
        ..Default::default()
    }
}

/// A value's name, kind of number and shape, with its free axes as symbols.
pub(super) fn value_info(value: &Value) -> ValueInfoProto {
    let dimension = |dimension: &Dimension| DimensionProto {
        value: Some(match dimension {
            Dimension::Fixed(length) => dimension::Value::DimValue(*length as i64),
            Dimension::Free(axis) => dimension::Value::DimParam(axis.name().to_string()),
        }),
        ..Default::default()
    };
    let element = match value.element {
        Element::Int64 => Type::Int64,
        Element::Float32 => Type::Float,
        Element::Float64 => Type::Double,
    };
    let tensor = TensorType {
        elem_type: Some(element.number()),
        shape: Some(TensorShapeProto { dim: value.shape.0.iter().map(dimension).collect() }),
    };
    ValueInfoProto {
        name: Some(value.name.clone()),
        r#type: Some(TypeProto { value: Some(type_proto::Value::TensorType(tensor)), ..Default::default() }),
        ..Default::default()
    }
}

fn attribute(name: &str, value: &Attribute<'_>) -> AttributeProto {
    let mut attribute = AttributeProto { name: Some(name.to_string()), ..Default::default() };
    let kind = match value {
        Attribute::Float(number) => {
            attribute.f = Some(*number);
            AttributeType::Float
        }
        Attribute::Int(number) => {
            attribute.i = Some(*number);
            AttributeType::Int
        }
        Attribute::Ints(numbers) => {
            attribute.ints = numbers.to_vec();
            AttributeType::Ints
        }
        Attribute::Tensor(tensor) => {
            attribute.t = Some((*tensor).clone());
            AttributeType::Tensor
        }
    };
    attribute.r#type = Some(kind as i32);
    attribute
}
