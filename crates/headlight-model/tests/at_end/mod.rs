//! Work in flight when a test's process ends crashes SwiftShader, which is unloaded under it.

use headlight_device::wait_for_adapters;

/// Waits for what the thread asked of a device, when the thread of a test ends.
struct AtEnd;

impl Drop for AtEnd {
    fn drop(&mut self) {
        wait_for_adapters();
    }
}

/// To be called when the device is open.
pub fn wait_at_end() {
    // What waiting itself keeps for the thread must be older than this, for the youngest is dropped first.
    thread_local!(static AT_END: AtEnd = {
        wait_for_adapters();
        AtEnd
    });
    AT_END.with(|_| ());
}
