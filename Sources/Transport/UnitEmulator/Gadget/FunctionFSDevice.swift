internal import CUnitIO
internal import Glibc
internal import UnitTransport

/// A unit's vendor interface as a real USB gadget: behind a USB device controller of this machine, through configfs and
/// FunctionFS. To its delegate it is what a `USBIPDevice` is, but for three things that FunctionFS does not let a
/// program see or do: a halt counts as cleared as soon as it is set, transfers cannot fail or overflow, and frames are
/// fetched from the delegate up to 1 MiB before the host asks.
///
/// The addresses of the endpoints are the controller's choice: 0x01, 0x81, 0x82 on most hardware, 0x02, 0x81, 0x86 on
/// `dummy_hcd`. The delegate always sees those of `UnitUSBDescriptors`; hosts go by the order in the interface.
public final class FunctionFSDevice: Sendable {
    /// Where the device is plugged in.
    public let controller: DeviceController
    private let tree: GadgetTree
    private let lock: Int32
    private let event: Int32
    private let shared = Guarded(Shared())
    private let thread = Guarded<IOThread?>(nil)

    struct Shared {
        /// Nil while the device is not plugged in.
        var delegate: (any USBIPDelegate)?
        /// IN endpoints whose delegate has not refused since the last wake.
        var ready: Set<UInt8> = []
        var isStopping = false
    }

    /// Prepares a gadget that is not plugged in yet. Gadgets that a crashed emulator left are removed first.
    ///
    /// Needs root and the modules `libcomposite` and `usb_f_fs`. `serial` is the unit's serial number.
    public init(
        serial: String, role: UnitUSBDescriptors.Role, controller: DeviceController, speed: USBSpeed
    ) throws(GadgetError) {
        GadgetTree.removeStale()
        self.controller = controller
        tree = GadgetTree(serial: serial)
        lock = try tree.lock()
        event = cu_event_create()
        do throws(GadgetError) {
            guard event >= 0 else { throw .system(call: "eventfd", path: "", code: -event) }
            try tree.make(role: role, speed: speed)
        } catch {
            if event >= 0 { Glibc.close(event) }
            tree.unlock(lock)
            throw error
        }
        do throws(GadgetError) {
            let loop = try FunctionFSLoop(device: self, directory: tree.mountPoint, speed: speed)
            do throws(TransportError) {
                let started = try IOThread(name: "cvqkd-gadget") { loop.run() }
                thread.withLock { $0 = started }
            } catch {
                throw GadgetError.system(call: "pthread_create", path: "", code: EAGAIN)
            }
        } catch {
            tree.remove()
            tree.unlock(lock)
            throw error
        }
    }

    /// Unplugs and removes everything that was made: directories, mount, links. Once.
    public func close() {
        detach()
        shared.withLock { $0.isStopping = true }
        cu_event_set(event)
        thread.withLock { $0.take() }?.join()
        tree.remove()
        tree.unlock(lock)
    }

    deinit { Glibc.close(event) }

    /// Plugs the device in. The host then enumerates it. Any thread; once until `detach()`.
    func attach(_ firmware: UnitUSBDescriptors.Firmware, delegate: any USBIPDelegate) throws(GadgetError) {
        shared.withLock { $0.delegate = delegate }
        do throws(GadgetError) {
            try tree.bind(to: controller, firmware: firmware)
        } catch {
            shared.withLock { $0.delegate = nil }
            throw error
        }
    }

    /// Plugs the unit proper in, for a delegate that is no unit of the emulator.
    public func attach(delegate: any USBIPDelegate) throws(GadgetError) {
        try attach(.application, delegate: delegate)
    }

    // MARK: The thread's side

    /// Delegate and state now; clears the event.
    func orders() -> (delegate: (any USBIPDelegate)?, isStopping: Bool) {
        cu_event_clear(event)
        return shared.withLock { ($0.delegate, $0.isStopping) }
    }

    /// Whether the delegate is to be asked; it counts as asked then.
    func takeReady(_ endpoint: UInt8) -> Bool { shared.withLock { $0.ready.remove(endpoint) != nil } }

    func setReady(_ endpoint: UInt8) { _ = shared.withLock { $0.ready.insert(endpoint) } }

    /// Waits for endpoint 0, for a completion, or for a wake.
    func wait(_ endpointZero: Int32) -> Bool {
        cu_wait(endpointZero, Int32(CU_READABLE), event, 100) & Int32(CU_READABLE) != 0
    }

    var completionEvent: Int32 { event }
}

extension FunctionFSDevice: USBAttachment {
    /// Pulls the device out: the host's transfers end with ENODEV. Does nothing for one that is out.
    public func detach() {
        let wasAttached = shared.withLock { $0.delegate.take() != nil }
        if wasAttached { tree.unbind() }
    }

    /// Data has become available for an IN endpoint.
    public func wake(_ endpoint: UInt8) {
        setReady(endpoint)
        cu_event_set(event)
    }
}
