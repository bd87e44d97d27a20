internal import CLibUSB
internal import Glibc
public import UnitTransport

extension USBTransport {
    /// Resets the port of the device behind a usbfs node, which restarts whatever has wedged in it. Close the transport
    /// first. The device comes back on the same node, or, if its descriptors are different then, as a new one.
    ///
    /// Measured over vhci: a unit whose endpoints are silent ignores a cleared halt and is back 0.3 s after a reset.
    /// Throws `.notFound`, `.noPermission`, `.gone` or `.usb`.
    public static func reset(node: String) async throws(TransportError) {
        // The kernel talks to the device meanwhile: too long for a thread of the task pool.
        let result = await withCheckedContinuation { continuation in
            do throws(TransportError) {
                let thread = try IOThread(name: "cvqkd-reset") { continuation.resume(returning: blockingReset(node)) }
                thread.detach()
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
        try result.get()
    }

    private static func blockingReset(_ node: String) -> Result<Void, TransportError> {
        let descriptor = Glibc.open(node, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return .failure(USBDevice.refusal(node: node, code: errno)) }
        defer { Glibc.close(descriptor) }
        var context: OpaquePointer?
        var handle: OpaquePointer?
        _ = cu_usb_without_discovery()
        var code = libusb_init(&context)
        guard code == 0, let context else { return .failure(USBDevice.failure("libusb_init", node, code)) }
        defer { libusb_exit(context) }
        code = libusb_wrap_sys_device(context, Int(descriptor), &handle)
        guard code == 0, let handle else { return .failure(USBDevice.failure("libusb_wrap_sys_device", node, code)) }
        defer { libusb_close(handle) }
        code = libusb_reset_device(handle)
        // NOT_FOUND: it is there again, as another device. That is what was wanted.
        guard code == 0 || code == LIBUSB_ERROR_NOT_FOUND.rawValue else {
            return .failure(USBDevice.failure("libusb_reset_device", node, code))
        }
        return .success(())
    }
}
