//! Devices are known by name, and one that is not in the build says how it gets there.

use headlight_device::{DeviceError, DeviceName, Token, TokenError, WgpuAdapter};

/// Servers over WebSocket and iroh, by name and by address, and several together.
const REMOTES: [&str; 5] = [
    "remote:gpu:3000",
    "remote:10.0.0.7:65535",
    "remote:[::1]:1",
    "remote:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef@gpu-1.lab_a.example:3000",
    "remote:a:3000,remote:b:3000,remote:a:3001",
];

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
    let remotes = REMOTES.map(|name| (name.parse().expect("it names servers"), name));
    let all = all.chain(remotes);
    for (device, name) in all {
        let parsed: DeviceName = name.parse().expect("it names a device");
        assert_eq!((device.to_string().as_str(), parsed), (name, device.clone()));
        let json = serde_json::to_string(&device).expect("a name");
        assert_eq!(json, format!("\"{name}\""));
        assert_eq!(serde_json::from_str::<DeviceName>(&json).expect("we wrote it"), device);
    }
    let of_this_machine =
        ["cuda", "", "Flex", "wgpu:", "wgpu:+1", "wgpu:-1", "wgpu:fast", "wgpu:99999999999999999999", "flex:0"];
    let of_others = [
        "remote",
        "remote:",
        "remote:gpu",
        "remote:gpu:",
        "remote::3000",
        "remote:gpu:0",
        "remote:gpu:03000",
        "remote:gpu:+3000",
        "remote:gpu:65536",
        "remote:me@gpu:3000",
        "remote:ws://gpu:3000",
        "remote:gpu/path:3000",
        "remote:::1:3000",
        "remote:[gpu]:3000",
        "remote:gpu:3000,",
        "remote:a:3000,b:3000",
        "flex,remote:a:3000",
    ];
    for wrong in of_this_machine.into_iter().chain(of_others) {
        let error = wrong.parse::<DeviceName>().expect_err("no such device").to_string();
        assert!(error.starts_with(&format!("unknown device '{wrong}': choose flex, ndarray or wgpu, or ")), "{error}");
    }
}

#[test]
fn a_server_that_is_named_twice_is_refused() {
    let error = "remote:a:3000,remote:b:3000,remote:a:3000".parse::<DeviceName>().expect_err("one is there twice");
    assert_eq!(error.to_string(), "a:3000 is named twice");
    let many: Vec<_> = (1..=257).map(|port| format!("remote:a:{port}")).collect();
    let error = many.join(",").parse::<DeviceName>().expect_err("too many");
    assert!(error.to_string().starts_with("257 remote devices"), "{error}");
}

#[test]
fn of_several_servers_one_can_be_taken() {
    let several: DeviceName = REMOTES[4].parse().expect("servers");
    assert_eq!(several.first().to_string(), "remote:a:3000");
    assert_eq!(DeviceName::Flex.first(), DeviceName::Flex);
}

#[test]
fn a_token_is_a_line_that_nobody_guesses_and_nothing_shows() {
    let token: Token = " 0123456789abcdef\n".parse().expect("a token");
    assert_eq!(format!("{token:?}"), "Token(..)");
    for (wrong, error) in [
        ("", TokenError::Empty),
        (" \n", TokenError::Empty),
        ("secret", TokenError::Short { length: 6 }),
        ("0123456789 abcdef", TokenError::Form),
        ("0123456789abcdef\n0123456789abcdef", TokenError::Form),
        ("0123456789abcdé", TokenError::Form),
    ] {
        assert_eq!(wrong.parse::<Token>().err(), Some(error), "{wrong:?}");
        assert!(wrong.trim().is_empty() || !error.to_string().contains(wrong.trim()), "{error}");
    }
}

#[test]
fn what_is_not_built_names_the_feature() {
    let remote = REMOTES[0].parse().expect("a server");
    for device in DeviceName::ALL.into_iter().chain([DeviceName::Wgpu(WgpuAdapter::Cpu), remote]) {
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
