import Testing
import UnitTransport

struct UnitSelectorTests {
    @Test(arguments: [
        ("usb:NOVA-A-0001", UnitSelector.usb(serial: "NOVA-A-0001")),
        ("serial:/dev/ttyACM0", .serial(path: "/dev/ttyACM0", baud: nil)),
        ("serial:/dev/ttyUSB0@921600", .serial(path: "/dev/ttyUSB0", baud: 921_600)),
        ("NOVA-B-0001", .anywhere(serial: "NOVA-B-0001")),
    ])
    func `a selector reads and prints the same text`(text: String, selector: UnitSelector) throws {
        #expect(try UnitSelector(text) == selector)
        #expect(selector.description == text)
    }

    @Test(arguments: [
        ("", UnitSelector.Fault.empty),
        ("tcp:host", .unknownKind("tcp")),
        ("usb:", .badSerialNumber("")),
        ("usb:a b", .badSerialNumber("a b")),
        ("serial:ttyACM0", .badPath("ttyACM0")),
        ("serial:/dev/ttyUSB0@fast", .badBaud("fast")),
        ("serial:/dev/ttyUSB0@7", .badBaud("7")),
        ("ABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789", .badSerialNumber("ABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789")),
    ])
    func `a bad selector says what to write`(text: String, fault: UnitSelector.Fault) {
        #expect(throws: fault) { try UnitSelector(text) }
        #expect(!fault.description.isEmpty)
    }
}
