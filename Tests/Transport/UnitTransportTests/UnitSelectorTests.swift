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
        ("", UnitSelector.Fault.empty, "usb:SERIAL, serial:/dev/PATH or just its serial number"),
        ("tcp:host", .unknownKind("tcp"), "'tcp:' is not a kind of connection; use usb:SERIAL"),
        ("usb:", .badSerialNumber(""), "1 to 31 of A-Z a-z 0-9 - _ . are allowed"),
        ("usb:a b", .badSerialNumber("a b"), "'a b' is not a serial number: 1 to 31 of"),
        ("serial:ttyACM0", .badPath("ttyACM0"), "'ttyACM0' is not an absolute path; write serial:/dev/ttyACM0"),
        ("serial:/dev/ttyUSB0@fast", .badBaud("fast"), "from 300 to 12000000; write serial:/dev/ttyUSB0@921600"),
        ("serial:/dev/ttyUSB0@7", .badBaud("7"), "'7' is not a rate in baud"),
        (
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789", .badSerialNumber("ABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789"),
            "1 to 31 of"
        ),
    ])
    func `a bad selector says what to write`(text: String, fault: UnitSelector.Fault, words: String) {
        #expect(throws: fault) { try UnitSelector(text) }
        #expect(fault.description.contains(words))
    }
}
