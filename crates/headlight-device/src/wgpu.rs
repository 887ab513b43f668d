//! wgpu's adapters, and how one of them is started.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use burn::backend::wgpu::graphics::AutoGraphicsApi;
use burn::backend::wgpu::{RuntimeOptions, WgpuBackend, WgpuDevice, try_init_setup, wgpu};
use burn::backend::{WgpuDeviceKind, wgpu as runtime};
use burn::tensor::Device;
use wgpu::{DeviceType, DownlevelFlags, Limits};

use crate::adapter::{Adapter, AdapterKind, WgpuAdapter};
use crate::error::DeviceError;

/// The graphics APIs that are searched, in Burn's order. OpenGL is left out: on llvmpipe, resuming a run always failed in wgpu 30 with
/// `BadAccess` from `eglMakeCurrent`, and sometimes ended the process.
const INTERFACES: [(wgpu::Backend, WgpuBackend); 3] = [
    (wgpu::Backend::Vulkan, WgpuBackend::Vulkan),
    (wgpu::Backend::Metal, WgpuBackend::Metal),
    (wgpu::Backend::Dx12, WgpuBackend::Dx12),
];

/// An adapter, and what is needed to start it.
struct Found {
    adapter: Adapter,
    device: WgpuDevice,
}

pub(super) fn adapters() -> Vec<Adapter> {
    described(found())
}

fn described(found: &[Found]) -> Vec<Adapter> {
    found.iter().map(|found| found.adapter.clone()).collect()
}

pub(super) fn adapter(wanted: WgpuAdapter) -> Option<Adapter> {
    choose(found(), wanted).ok().map(|found| found.adapter.clone())
}

/// The adapters started so far: Burn starts each only once.
static STARTED: Mutex<Vec<WgpuDevice>> = Mutex::new(Vec::new());

/// Starts an adapter, or hands out the device where that was done before.
pub(super) fn start(wanted: WgpuAdapter) -> Result<Device, DeviceError> {
    let Found { adapter, device } = choose(found(), wanted)?;
    if let Some(lacks) = &adapter.lacks {
        return Err(DeviceError::Limits { adapter: adapter.name.clone(), lacks: lacks.clone(), adapters: adapters() });
    }
    let mut started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
    if !started.contains(device) {
        let failed = |error: runtime::WgpuInitError| DeviceError::Start {
            adapter: adapter.name.clone(),
            source: Arc::new(error),
        };
        let options = RuntimeOptions::try_default().map_err(failed)?;
        try_init_setup::<AutoGraphicsApi>(device, options).map_err(failed)?;
        started.push(device.clone());
    }
    Ok(Device::from(device.clone()))
}

/// Waits for what this thread asked of each adapter.
pub(super) fn wait() {
    let started = STARTED.lock().unwrap_or_else(PoisonError::into_inner).clone();
    for device in started {
        let _ = Device::from(device).sync(); // a lost adapter has nothing to wait for
    }
}

fn choose(found: &[Found], wanted: WgpuAdapter) -> Result<&Found, DeviceError> {
    // Of several, one that can compute; where none can, the error says what it lacks.
    let of_kind = |kind| {
        found.iter().filter(|found| found.adapter.kind == kind).min_by_key(|found| found.adapter.lacks.is_some())
    };
    let chosen = match wanted {
        WgpuAdapter::Fastest => found.iter().min_by_key(|found| found.adapter.speed()),
        WgpuAdapter::Discrete => of_kind(AdapterKind::Discrete),
        WgpuAdapter::Integrated => of_kind(AdapterKind::Integrated),
        WgpuAdapter::Cpu => of_kind(AdapterKind::Cpu),
        WgpuAdapter::Index(index) => found.get(index),
    };
    chosen.ok_or_else(|| match found.is_empty() {
        true => DeviceError::NoAdapters,
        false => DeviceError::NoSuchAdapter { wanted, adapters: described(found) },
    })
}

/// The adapters of the first interface that has a card that can compute, or else of the first that has anything.
fn found() -> &'static [Found] {
    static FOUND: OnceLock<Vec<Found>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let mut rest = Vec::new();
        for (interface, backend) in INTERFACES {
            let found = look(interface, backend);
            if found.iter().any(|found| found.adapter.kind != AdapterKind::Cpu && found.adapter.lacks.is_none()) {
                return found;
            }
            if rest.is_empty() {
                rest = found;
            }
        }
        rest
    })
}

/// The adapters of one interface.
fn look(interface: wgpu::Backend, backend: WgpuBackend) -> Vec<Found> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends: interface.into(),
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let mut found: Vec<Found> = Vec::new();
    for adapter in ready(instance.enumerate_adapters(interface.into())).unwrap_or_default() {
        let info = adapter.get_info();
        let kind = kind_of(info.device_type);
        let same = found.iter().filter(|found| found.adapter.kind == kind).count();
        let selector = match kind {
            AdapterKind::Discrete => WgpuDeviceKind::DiscreteGpu(same),
            AdapterKind::Integrated => WgpuDeviceKind::IntegratedGpu(same),
            AdapterKind::Virtual => WgpuDeviceKind::VirtualGpu(same),
            AdapterKind::Unknown => WgpuDeviceKind::Other(same),
            AdapterKind::Cpu => WgpuDeviceKind::Cpu,
        };
        let computes = adapter.get_downlevel_capabilities().flags.contains(DownlevelFlags::COMPUTE_SHADERS);
        let lacks = if kind == AdapterKind::Cpu && same > 0 {
            Some("Burn reaches the first adapter of kind cpu only".to_string())
        } else {
            lacks(&adapter.limits(), computes).or_else(|| crashes(&info.driver, &info.driver_info))
        };
        let driver = format!("{} {}", info.driver, info.driver_info).trim().to_string();
        found.push(Found {
            adapter: Adapter { name: info.name, kind, api: format!("{interface:?}"), driver, lacks },
            device: WgpuDevice::new(selector).on(backend),
        });
    }
    found
}

fn kind_of(device_type: DeviceType) -> AdapterKind {
    match device_type {
        DeviceType::DiscreteGpu => AdapterKind::Discrete,
        DeviceType::IntegratedGpu => AdapterKind::Integrated,
        DeviceType::VirtualGpu => AdapterKind::Virtual,
        DeviceType::Other => AdapterKind::Unknown,
        DeviceType::Cpu => AdapterKind::Cpu,
    }
}

/// What an adapter has less of than WebGPU guarantees; Burn's shaders are written for that much.
fn lacks(limits: &Limits, computes: bool) -> Option<String> {
    if !computes {
        return Some("it has no compute shaders".to_string());
    }
    let sizes = |limits: &Limits| {
        [
            ("threads in a workgroup", u64::from(limits.max_compute_invocations_per_workgroup)),
            ("bytes of workgroup memory", u64::from(limits.max_compute_workgroup_storage_size)),
            ("buffers in a shader", u64::from(limits.max_storage_buffers_per_shader_stage)),
            ("bytes in a buffer", limits.max_storage_buffer_binding_size),
        ]
    };
    let mut pairs = sizes(limits).into_iter().zip(sizes(&Limits::default()));
    let ((what, has), (_, needed)) = pairs.find(|((_, has), (_, needed))| has < needed)?;
    Some(format!("it has {has} {what}, and {needed} are needed"))
}

/// Why a driver is not started: Burn's shaders end the whole process in lavapipe, Mesa's Vulkan on the processor, of Mesa 22.3.
/// `driver` and `info` are its name and version, such as "llvmpipe" and "Mesa 22.3.6 (LLVM 15.0.6)".
fn crashes(driver: &str, info: &str) -> Option<String> {
    const LAST: (u32, u32) = (22, 3);

    let version = info.strip_prefix("Mesa ")?.split([' ', '-']).next()?;
    let mut numbers = version.split('.').map(str::parse::<u32>);
    let version_is_old = (numbers.next()?.ok()?, numbers.next()?.ok()?) <= LAST;
    (driver == "llvmpipe" && version_is_old)
        .then(|| format!("Burn's shaders crash in llvmpipe of Mesa {version}; a later Mesa is needed"))
}

/// The value of a future that need not be waited for, as wgpu's are outside a browser.
fn ready<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(value) => Some(value),
        std::task::Poll::Pending => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(kinds: &[AdapterKind]) -> Vec<Found> {
        let device = WgpuDevice::new(WgpuDeviceKind::Cpu);
        let adapter = |(index, kind): (usize, &AdapterKind)| Adapter {
            name: format!("adapter {index}"),
            kind: *kind,
            api: "Vulkan".to_string(),
            driver: String::new(),
            lacks: None,
        };
        let found = |adapter| Found { adapter, device: device.clone() };
        kinds.iter().enumerate().map(adapter).map(found).collect()
    }

    #[test]
    fn an_adapter_is_found_by_kind_and_by_index() {
        use AdapterKind::{Cpu, Discrete, Integrated};
        let machine = machine(&[Cpu, Integrated, Discrete, Discrete]);
        for (wanted, expected) in [
            (WgpuAdapter::Fastest, 2),
            (WgpuAdapter::Discrete, 2),
            (WgpuAdapter::Integrated, 1),
            (WgpuAdapter::Cpu, 0),
            (WgpuAdapter::Index(3), 3),
        ] {
            let found = choose(&machine, wanted).expect("there is one");
            assert_eq!(found.adapter.name, format!("adapter {expected}"), "{wanted}");
        }
        let error = choose(&machine, WgpuAdapter::Index(4)).map(|_| ()).expect_err("there are four").to_string();
        assert!(
            error.starts_with("wgpu has no adapter '4' on this machine, which has wgpu:0 (adapter 0), "),
            "{error}"
        );
        let error = choose(&machine[..1], WgpuAdapter::Discrete).map(|_| ()).expect_err("a processor alone");
        assert!(error.to_string().ends_with("which has wgpu:0 (adapter 0)"), "{error}");
        assert!(matches!(choose(&[], WgpuAdapter::Fastest), Err(DeviceError::NoAdapters)));
    }

    #[test]
    fn an_adapter_that_cannot_compute_is_taken_only_where_nothing_else_is() {
        use AdapterKind::{Cpu, Discrete};
        let mut machine = machine(&[Discrete, Discrete, Cpu]);
        let name = |machine: &[Found], wanted| choose(machine, wanted).expect("there is one").adapter.name.clone();
        machine[0].adapter.lacks = Some("it has no compute shaders".to_string());
        for wanted in [WgpuAdapter::Fastest, WgpuAdapter::Discrete] {
            assert_eq!(name(&machine, wanted), "adapter 1", "{wanted}");
        }
        machine[1].adapter.lacks = machine[0].adapter.lacks.clone();
        assert_eq!(name(&machine, WgpuAdapter::Fastest), "adapter 2");
        assert_eq!(name(&machine, WgpuAdapter::Discrete), "adapter 0");
        assert_eq!(name(&machine[..1], WgpuAdapter::Fastest), "adapter 0");

        // Nor is it offered.
        let refusal =
            |machine: &[Found]| choose(machine, WgpuAdapter::Integrated).map(|_| ()).expect_err("there is none");
        assert!(
            refusal(&machine).to_string().ends_with("which has wgpu:2 (adapter 2)")
                && refusal(&machine).names_adapters()
        );
        let none = refusal(&machine[..2]);
        assert!(none.to_string().ends_with("which has none that can compute") && !none.names_adapters(), "{none}");
    }

    #[test]
    fn drivers_that_crash_are_known_by_their_version() {
        for (driver, info, is_known) in [
            ("llvmpipe", "Mesa 22.3.6 (LLVM 15.0.6)", true),
            ("llvmpipe", "Mesa 21.0.0", true),
            ("llvmpipe", "Mesa 22.4.0-devel", false),
            ("llvmpipe", "Mesa 25.0.7-2 (LLVM 19.1.7)", false),
            ("radv", "Mesa 22.3.6", false),
            ("SwiftShader driver", "", false),
            ("llvmpipe", "", false),
        ] {
            assert_eq!(crashes(driver, info).is_some(), is_known, "{driver} {info}");
        }
    }

    #[test]
    fn what_webgpu_guarantees_is_enough_and_less_is_not() {
        let limits = Limits::default();
        assert_eq!(lacks(&limits, true), None);
        assert_eq!(lacks(&limits, false).as_deref(), Some("it has no compute shaders"));
        let few = Limits { max_compute_invocations_per_workgroup: 128, ..limits };
        assert_eq!(lacks(&few, true).as_deref(), Some("it has 128 threads in a workgroup, and 256 are needed"));
    }
}
