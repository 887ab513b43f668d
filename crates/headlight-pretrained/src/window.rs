//! What `config.json` says of sliding windows: whether queries see all earlier tokens or the last ones alone, and in which layers.

use serde::Deserialize;

use crate::error::PretrainedError;

/// The options that speak of windows. A model is built with one window for all of its layers, or with none.
#[derive(Debug, Deserialize)]
pub(crate) struct Windowed {
    sliding_window: Option<usize>,
    use_sliding_window: Option<bool>,
    max_window_layers: Option<usize>,
    layer_types: Option<Vec<LayerType>>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
enum LayerType {
    #[serde(rename = "full_attention")]
    Full,
    #[serde(rename = "sliding_attention")]
    Sliding,
}

impl Windowed {
    /// Of a family without windows.
    ///
    /// # Errors
    ///
    /// When there is one.
    pub(crate) fn none(&self) -> Result<Option<usize>, PretrainedError> {
        let has_sliding_layers = self.layer_types.iter().flatten().any(|layer| *layer == LayerType::Sliding);
        if self.sliding_window.is_some() || self.use_sliding_window == Some(true) || has_sliding_layers {
            return refused("this family has no sliding window");
        }
        Ok(None)
    }

    /// Of a family with the same window in all of its layers, wherever there is a size.
    ///
    /// # Errors
    ///
    /// When the other options say something else.
    pub(crate) fn in_all_layers(&self, n_layers: usize) -> Result<Option<usize>, PretrainedError> {
        let window = self.size(self.sliding_window)?;
        let expected = if window.is_some() { LayerType::Sliding } else { LayerType::Full };
        let layers = self.layer_types.as_ref();
        let are_as_expected =
            layers.is_none_or(|layers| layers.len() == n_layers && layers.iter().all(|layer| *layer == expected));
        if !are_as_expected || self.use_sliding_window.is_some_and(|used| used != window.is_some()) {
            return refused("sliding_window and the other options of windows contradict each other");
        }
        Ok(window)
    }

    /// Of a family whose first `max_window_layers` layers see everything, where `layer_types` does not say otherwise.
    ///
    /// # Errors
    ///
    /// When some layers have a window and others see further.
    pub(crate) fn in_last_layers(&self, n_layers: usize, max_length: usize) -> Result<Option<usize>, PretrainedError> {
        let is_used = self.use_sliding_window == Some(true);
        let window = if is_used { self.size(self.sliding_window.or(Some(4096)))? } else { None };
        let sliding = match &self.layer_types {
            Some(layers) if layers.len() == n_layers => {
                layers.iter().filter(|layer| **layer == LayerType::Sliding).count()
            }
            Some(layers) => return refused(&format!("{} layer_types for {n_layers} layers", layers.len())),
            None if is_used => n_layers.saturating_sub(self.max_window_layers.unwrap_or(28)),
            None => 0,
        };
        match window {
            _ if sliding == 0 => Ok(None),
            None => refused("layers with a sliding window, and use_sliding_window is not true"),
            // No sequence is as long.
            Some(window) if window >= max_length => Ok(None),
            Some(window) if sliding == n_layers => Ok(Some(window)),
            Some(_) => refused(&format!(
                "a sliding window in {sliding} of {n_layers} layers is not supported, only in all or none"
            )),
        }
    }

    fn size(&self, window: Option<usize>) -> Result<Option<usize>, PretrainedError> {
        if window == Some(0) { refused("a sliding window of no token") } else { Ok(window) }
    }
}

fn refused(message: &str) -> Result<Option<usize>, PretrainedError> {
    Err(PretrainedError::Config(message.to_owned()))
}
