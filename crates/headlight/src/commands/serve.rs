//! This machine's device, for others to compute on.

mod arguments;
#[cfg(feature = "remote")]
mod identity;
#[cfg(feature = "remote")]
mod serving;

pub(crate) use self::arguments::ServeArguments;
#[cfg(feature = "remote")]
pub(crate) use self::serving::serve;

#[cfg(not(feature = "remote"))]
pub(crate) fn serve(arguments: &ServeArguments) -> anyhow::Result<()> {
    let ServeArguments { device: _, port: _, token_file: _, listen: _, transport: _, identity_file: _ } = arguments;
    Err(headlight_device::DeviceError::NotBuilt { feature: "remote" }.into())
}
