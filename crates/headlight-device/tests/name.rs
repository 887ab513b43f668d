//! Devices are known by name, and one that is not in the build says how it gets there.

use headlight_device::{DeviceError, DeviceName, WgpuAdapter};

#[test]
fn a_device_is_known_by_name() {
    let adapters = [
        (WgpuAdapter::Discrete, "wgpu:discrete"),
        (WgpuAdapter::Integrated, "wgpu:integrated"),
        (WgpuAdapter::Cpu, "wgpu:cpu"),
        (WgpuAdapter::Index(0), "wgpu:0"),
        (WgpuAdapter::Index(12), "wgpu:12"),
    ];
    let adapters = adapters.map(|(adapter, name)| (DeviceName::Wgpu(adapter), name));
    let all = DeviceName::ALL.into_iter().zip(["flex", "ndarray", "wgpu"]).chain(adapters);
    for (device, name) in all {
        let parsed: DeviceName = name.parse().expect("it names a device");
        assert_eq!((device.to_string().as_str(), parsed), (name, device));
        let json = serde_json::to_string(&device).expect("a name");
        assert_eq!(json, format!("\"{name}\""));
        assert_eq!(serde_json::from_str::<DeviceName>(&json).expect("we wrote it"), device);
    }
    for wrong in ["cuda", "", "Flex", "wgpu:", "wgpu:+1", "wgpu:-1", "wgpu:fast", "wgpu:99999999999999999999", "flex:0"]
    {
        let error = wrong.parse::<DeviceName>().expect_err("no such device").to_string();
        assert!(error.starts_with(&format!("unknown device '{wrong}': choose flex, ndarray or wgpu, or ")), "{error}");
    }
}

#[test]
fn what_is_not_built_names_the_feature() {
    for device in DeviceName::ALL.into_iter().chain([DeviceName::Wgpu(WgpuAdapter::Cpu)]) {
        if device.is_built() {
            continue;
        }
        let error = device.open().expect_err("it is not in this build");
        assert!(matches!(error, DeviceError::NotBuilt { feature } if feature == device.feature()));
        let name = device.feature();
        let expected = format!("{name} is not in this build: build with --features {name}");
        assert_eq!(error.to_string(), expected);
    }
    assert!(DeviceName::default().open().is_ok());
}
