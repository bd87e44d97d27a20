import Glibc

/// A USB device that the running kernel sees as plugged in, without USB hardware.
///
/// `attach()` hands one end of a socket pair to the kernel's virtual host controller (`vhci_hcd`); the other end is
/// served by two threads, one that reads commands and one that writes completions. Two, since a large transfer that
/// is being written must not keep a cancellation from being read.
///
/// All methods may be called from any thread. The delegate is retained until the device is released.
public final class USBIPDevice: Sendable, USBAttachment {
    private let descriptors: USBDescriptors
    private let speed: USBSpeed
    private let delegate: any USBIPDelegate
    private let plug = Monitored<Plug?>(nil)

    /// What exists while the device is plugged in.
    private struct Plug {
        var server: USBIPServer
        var port: Int
    }

    /// A device that is not plugged in yet. `descriptors` and `speed` must agree; see `UnitUSBDescriptors`.
    public init(descriptors: USBDescriptors, speed: USBSpeed, delegate: any USBIPDelegate) {
        self.descriptors = descriptors
        self.speed = speed
        self.delegate = delegate
    }

    deinit {
        plug.with { $0.take() }?.server.stop()
    }

    /// Plugs the device in. Returns as soon as the kernel has the socket; it then takes about 0.2 s to enumerate.
    ///
    /// A device may be attached again after `detach()`: it is a new device to the host then. Attaching one that is
    /// attached is a bug and traps.
    public func attach() throws(USBIPError) {
        try plug.with { plug throws(USBIPError) in
            precondition(plug == nil, "attach() of a USB device that is attached")
            var sockets: [Int32] = [-1, -1]
            let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
            guard socketpair(AF_UNIX, type, 0, &sockets) == 0 else {
                throw .systemCall(name: "socketpair", code: errno)
            }
            defer { close(sockets[1]) }

            // The kernel may begin to talk within the write to `attach`; the socket keeps that until we read.
            let port: Int
            do throws(USBIPError) {
                // The device id is only echoed; 0 is refused.
                port = try VirtualHostController.attach(socket: sockets[1], deviceID: 1 << 16 | 2, speed: speed)
            } catch {
                close(sockets[0])
                throw error
            }
            let server = try USBIPServer.start(socket: sockets[0], descriptors: descriptors, delegate: delegate)
            plug = Plug(server: server, port: port)
        }
    }

    /// Pulls the device out: the host's transfers end with ENODEV, except that one whose data is being written at that
    /// moment may end with EPROTO, as on a real cable. Returns when both threads have ended and the socket is closed.
    /// Does nothing for a device that is not attached. Traps when called by the delegate from within one of its calls:
    /// it would wait for itself.
    public func detach() {
        plug.with { $0.take() }?.server.stop()
    }

    /// Says that data has become available for a bulk IN endpoint (address, 0x81 … 0x8F): the delegate is asked as
    /// soon as a transfer waits there. Does nothing for a device that is not attached.
    public func wake(_ endpoint: UInt8) {
        plug.with { $0?.server }?.wake(endpoint)
    }

    /// Port of the virtual host controller, nil for a device that is not attached.
    public var port: Int? { plug.with { $0?.port } }
}
