internal import Glibc

/// A gadget's directories: what configfs knows of the device, and where its FunctionFS is mounted. Made and removed
/// as a whole; the name is the unit's serial number, which a process that serves it holds a lock on.
struct GadgetTree: Sendable {
    static let root = "/sys/kernel/config/usb_gadget"
    static let prefix = "cvqkd-"
    private static let mounts = "/run/cvqkd/gadgets"

    let serial: String

    private var gadget: String { "\(Self.root)/\(Self.prefix)\(serial)" }
    private var configuration: String { "\(gadget)/configs/c.1" }
    private var function: String { "\(gadget)/functions/ffs.\(serial)" }
    private var link: String { "\(configuration)/ffs.\(serial)" }
    private var lockFile: String { "\(Self.mounts)/\(serial).lock" }
    private var boundTo: String { "\(gadget)/UDC" }
    /// Where `ep0` is, and the endpoint files once the descriptors are written.
    var mountPoint: String { "\(Self.mounts)/\(serial)" }

    // MARK: Making

    /// Makes everything up to the mounted FunctionFS. What fails half-way is removed again.
    func make(role: UnitUSBDescriptors.Role, speed: USBSpeed) throws(GadgetError) {
        try Self.checkKernel()
        do throws(GadgetError) {
            try GadgetFiles.makeDirectory(gadget)
            try describe(role: role, speed: speed)
            try makeFunction()
            try GadgetFiles.makeDirectories(mountPoint)
            guard mount(serial, mountPoint, "functionfs", 0, nil) == 0 else {
                throw GadgetFiles.failure("mount functionfs", mountPoint)
            }
        } catch {
            remove()
            throw error
        }
    }

    private static func checkKernel() throws(GadgetError) {
        if GadgetFiles.exists(root) { return }
        // The directory comes with the module; configfs itself is mounted by systemd, or by nobody.
        if !GadgetFiles.exists("/sys/kernel/config") { throw .moduleMissing("libcomposite") }
        if GadgetFiles.names(in: "/sys/kernel/config").isEmpty {
            guard geteuid() == 0 else { throw .notRoot(path: root) }
            guard mount("none", "/sys/kernel/config", "configfs", 0, nil) == 0 || errno == EBUSY else {
                throw GadgetFiles.failure("mount configfs", "/sys/kernel/config")
            }
        }
        guard GadgetFiles.exists(root) else { throw .moduleMissing("libcomposite") }
    }

    private func describe(role: UnitUSBDescriptors.Role, speed: USBSpeed) throws(GadgetError) {
        func set(_ file: String, _ text: String) throws(GadgetError) {
            try GadgetFiles.write(text, to: "\(gadget)/\(file)")
        }
        try set("idVendor", "\(UnitUSBDescriptors.vendorID)")
        try set("idProduct", "\(UnitUSBDescriptors.productID(.application))")
        try set("bcdDevice", "0x0100")
        try set("max_speed", speed == .superSpeed ? "super-speed" : "high-speed")
        try GadgetFiles.makeDirectory("\(gadget)/strings/0x409")
        try set("strings/0x409/manufacturer", UnitUSBDescriptors.manufacturer)
        try set("strings/0x409/product", UnitUSBDescriptors.product(role))
        try set("strings/0x409/serialnumber", serial)
        try GadgetFiles.makeDirectory(configuration)
        // Self-powered, takes nothing from the bus.
        try set("configs/c.1/bmAttributes", "0xC0")
        try set("configs/c.1/MaxPower", "0")
    }

    private func makeFunction() throws(GadgetError) {
        // The kernel loads usb_f_fs for this name; which of the two it says if it has none depends on modprobe.
        if mkdir(function, 0o755) != 0 {
            throw errno == ENOENT || errno == ENODEV
                ? .moduleMissing("usb_f_fs") : GadgetFiles.failure("mkdir", function)
        }
        guard symlink(function, link) == 0 else { throw GadgetFiles.failure("symlink", link) }
    }

    // MARK: The cable

    /// Plugs the gadget into its controller. The descriptors must have been written.
    func bind(to controller: DeviceController, firmware: UnitUSBDescriptors.Firmware) throws(GadgetError) {
        try GadgetFiles.write("\(UnitUSBDescriptors.productID(firmware))", to: "\(gadget)/idProduct")
        switch GadgetFiles.attempt(controller.name, to: boundTo) {
        case 0: return
        case EBUSY: throw .controllerBusy(controller.name, holder: controller.holder)
        case let code: throw .bindRefused(controller: controller.name, code: code)
        }
    }

    /// Pulls it out. Does nothing for one that is out.
    func unbind() { _ = GadgetFiles.attempt("\n", to: boundTo) }

    // MARK: Removal

    /// Removes everything of the gadget that there is, so that nothing is left of an emulator that crashed either.
    /// Endpoint files must be closed.
    func remove() {
        if GadgetFiles.exists(boundTo) { unbind() }
        unlink(link)
        rmdir(configuration)
        // A mount that somebody looks into goes when they leave.
        if umount2(mountPoint, 0) != 0 && errno == EBUSY { umount2(mountPoint, Int32(MNT_DETACH)) }
        rmdir(mountPoint)
        rmdir(function)
        rmdir("\(gadget)/strings/0x409")
        rmdir(gadget)
    }

    /// Takes the lock that says that this process serves the serial number; it goes with the descriptor, that is, with
    /// the process. Throws `.serialTaken`.
    func lock() throws(GadgetError) -> Int32 {
        try GadgetFiles.makeDirectories(Self.mounts)
        let file = open(lockFile, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw GadgetFiles.failure("open", lockFile) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            close(file)
            throw .serialTaken(serial)
        }
        return file
    }

    /// Gives the lock back.
    func unlock(_ file: Int32) {
        unlink(lockFile)
        close(file)
    }

    /// Removes the gadgets of emulators that ended without doing so: those with our name whose lock nobody holds.
    /// Returns their serial numbers.
    @discardableResult
    static func removeStale() -> [String] {
        let gadgets = GadgetFiles.names(in: root).filter { $0.hasPrefix(prefix) }.map {
            String($0.dropFirst(prefix.count))
        }
        let locks = GadgetFiles.names(in: mounts).filter { $0.hasSuffix(".lock") }.map { String($0.dropLast(5)) }
        return Set(gadgets + locks).sorted().filter { serial in
            let tree = GadgetTree(serial: serial)
            guard let lock = try? tree.lock() else { return false }
            tree.remove()
            tree.unlock(lock)
            return true
        }
    }
}
