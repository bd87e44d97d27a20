/// A unit as a real USB gadget, behind a USB device controller of this machine: `dummy_hcd` in a test, a board's own in
/// a rig. The vendor interface only; it behaves as `USBIPPort` does.
public final class FunctionFSPort: Sendable {
    /// Where the unit is plugged in.
    public var controller: DeviceController { device.controller }
    private let device: FunctionFSDevice
    private let port: USBIPPort

    /// Makes the gadget and plugs it in. Needs root and the modules `libcomposite` and `usb_f_fs`; without `controller`
    /// the first free one is taken.
    public init(
        _ unit: EmulatedUnit, controller: DeviceController? = nil, speed: USBSpeed = .superSpeed
    ) throws(GadgetError) {
        let controller = if let controller { controller } else { try DeviceController.firstFree() }
        let device = try FunctionFSDevice(
            serial: unit.configuration.serial, role: unit.usbRole, controller: controller, speed: speed)
        self.device = device
        port = USBIPPort(unplugged: unit, speed: speed) { port, firmware in
            try device.attach(firmware, delegate: port)
            return device
        }
        do {
            try port.start()
        } catch {
            port.stop()
            device.close()
            guard let error = error as? GadgetError else { preconditionFailure("FunctionFS failed with \(error)") }
            throw error
        }
    }

    /// Unplugs the unit and removes everything that was made for it.
    public func stop() {
        port.stop()
        device.close()
    }
}
