/// A USB device controller of this machine: the side of a USB port that is plugged into a host.
public struct DeviceController: Hashable, Sendable {
    /// The kernel's name, for example `fe980000.usb` or `dummy_udc.0`.
    public let name: String

    private static let directory = "/sys/class/udc"

    /// All controllers, by name.
    public static var all: [DeviceController] { GadgetFiles.names(in: directory).map(DeviceController.init) }

    /// The controller of this name. Throws `.noController`, `.unknownController` or `.controllerBusy`.
    public static func named(_ name: String) throws(GadgetError) -> DeviceController {
        let known = all
        guard !known.isEmpty else { throw .noController }
        guard let controller = known.first(where: { $0.name == name }) else {
            throw .unknownController(name, known: known.map(\.name))
        }
        if controller.isBusy { throw .controllerBusy(name, holder: controller.holder) }
        return controller
    }

    /// The first controller that nobody uses. Throws `.noController` or `.allControllersBusy`.
    public static func firstFree() throws(GadgetError) -> DeviceController {
        let known = all
        guard !known.isEmpty else { throw .noController }
        guard let free = known.first(where: { !$0.isBusy }) else { throw .allControllersBusy(known.map(\.name)) }
        return free
    }

    /// The gadget of configfs that is bound to the controller; a driver of another kind has no name here.
    var holder: String? {
        GadgetFiles.names(in: GadgetTree.root).first { GadgetFiles.read("\(GadgetTree.root)/\($0)/UDC") == name }
    }

    var isBusy: Bool {
        holder != nil || GadgetFiles.read("\(Self.directory)/\(name)/function").map { !$0.isEmpty } ?? false
    }
}
