//! Devices of other machines: the token that is shown to them, and how long they are waited for.

#[cfg(feature = "remote")]
mod token;

use std::path::PathBuf;

use clap::Args;

#[cfg(feature = "remote")]
pub(crate) use self::token::read_token;

/// What every command takes that computes on a device. Few builds have such devices: --device names these options, and no other help does.
#[derive(Args)]
pub(crate) struct RemoteArguments {
    /// For --device remote:…: file with the server's token, one line [default: the environment variable HEADLIGHT_TOKEN]
    #[arg(long, value_name = "FILE", global = true, hide = true)]
    token_file: Option<PathBuf>,
    /// For --device remote:…: how long the device may take for what it was given, a training step at most, before it counts as lost
    /// [default: the environment variable HEADLIGHT_REMOTE_TIMEOUT, or 60]
    #[arg(long, value_name = "SECONDS", global = true, hide = true)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=86_400))]
    remote_timeout: Option<u64>,
}

/// What a process has to do with devices of other machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// It may compute on them.
    Computes,
    /// It starts processes that do.
    StartsOthers,
    /// It serves one, with a token of its own.
    Serves,
}

impl RemoteArguments {
    /// From now on devices of other machines can be opened, and the loss of one ends a process that computes on it.
    ///
    /// # Errors
    ///
    /// When the token cannot be read or is not one, or an option is given that this process has no use for.
    #[cfg(feature = "remote")]
    pub(crate) fn prepare(&self, part: Part) -> anyhow::Result<()> {
        match part {
            Part::Serves if self.remote_timeout.is_some() => {
                anyhow::bail!("--remote-timeout is for a client, not for 'headlight serve'")
            }
            Part::Serves => return Ok(()),
            Part::StartsOthers if self.token_file.is_some() || self.remote_timeout.is_some() => {
                anyhow::bail!(
                    "a sweep's runs are processes of their own, which --token-file and --remote-timeout do not reach: \
                     put them into the environment variables HEADLIGHT_TOKEN and HEADLIGHT_REMOTE_TIMEOUT"
                )
            }
            Part::StartsOthers | Part::Computes => {}
        }
        let token = match &self.token_file {
            Some(file) => Some(read_token(file)?),
            None => token::of_environment()?,
        };
        let seconds = match self.remote_timeout {
            Some(seconds) => seconds,
            None => token::timeout_of_environment()?.unwrap_or(60),
        };
        headlight_device::allow_remote(token, std::time::Duration::from_secs(seconds));
        if part == Part::Computes {
            std::thread::spawn(|| crate::exit::report_loss(&headlight_device::wait_for_loss()));
        }
        Ok(())
    }

    /// Refuses what only another build can do.
    ///
    /// # Errors
    ///
    /// When anything was asked for.
    #[cfg(not(feature = "remote"))]
    pub(crate) fn prepare(&self, _: Part) -> anyhow::Result<()> {
        let Self { token_file, remote_timeout } = self;
        if token_file.is_some() || remote_timeout.is_some() {
            return Err(headlight_device::DeviceError::NotBuilt { feature: "remote" }.into());
        }
        Ok(())
    }
}
