import Testing

@testable import UnitEmulator

/// What the gadget port writes to FunctionFS and reads from it, as literal bytes.
@Suite struct GadgetTests {
    @Test func `FunctionFS is told of three speeds, with a companion for each endpoint at SuperSpeed`() {
        let descriptors = FunctionDescriptors.descriptors
        // Magic 3, length, full + high + super, then 4, 4 and 7 descriptors.
        #expect(Array(descriptors[..<4]) == [3, 0, 0, 0])
        #expect(Int(descriptors[4]) + Int(descriptors[5]) << 8 == descriptors.count)
        #expect(Array(descriptors[8..<24]) == [7, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 7, 0, 0, 0])
        let interface: [UInt8] = [9, 4, 0, 0, 3, 0xFF, 0x51, 0x01, 1]
        let high: [UInt8] = [7, 5, 0x01, 2, 0, 2, 0, 7, 5, 0x81, 2, 0, 2, 0, 7, 5, 0x82, 2, 0, 2, 0]
        #expect(Array(descriptors[54..<84]) == interface + high)
        let companion: [UInt8] = [6, 0x30, 15, 0, 0, 0]
        #expect(
            Array(descriptors[84...])
                == interface + [7, 5, 0x01, 2, 0, 4, 0] + companion + [7, 5, 0x81, 2, 0, 4, 0] + companion
                + [7, 5, 0x82, 2, 0, 4, 0] + companion)
    }

    @Test func `the interface has a string in one language`() {
        let strings = FunctionDescriptors.strings
        #expect(Array(strings[..<18]) == [2, 0, 0, 0, 30, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9, 4])
        #expect(String(decoding: strings[18..<29], as: UTF8.self) == "CV-QKD unit" && strings[29] == 0)
        #expect(strings.count == 30)
    }

    @Test(arguments: [
        (UInt8(0), FunctionEvent.bound), (1, .unbound), (2, .enabled), (3, .disabled), (5, .suspended),
        (6, .resumed), (9, .unknown(9)),
    ])
    func `an event is told by its ninth octet`(type: UInt8, event: FunctionEvent) {
        let bytes = [UInt8](repeating: 0, count: 8) + [type, 0, 0, 0]
        #expect(FunctionEvent.decode(bytes[...]) == [event])
    }

    @Test func `events come several at once, and half of one is none`() {
        let setup: [UInt8] = [0xA1, 0x21, 0x34, 0x12, 0x00, 0x01, 0x07, 0x00, 4, 0, 0, 0]
        let disabled: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0]
        let expected = USBSetup(requestType: 0xA1, request: 0x21, value: 0x1234, index: 0x0100, length: 7)
        #expect(FunctionEvent.decode((setup + disabled + [1, 2, 3])[...]) == [.setup(expected), .disabled])
    }

    @Test func `a controller that is not there is named together with those that are`() {
        #expect(throws: GadgetError.self) { try DeviceController.named("nowhere.0") }
        let text = GadgetError.unknownController("nowhere.0", known: ["a.usb", "b.usb"]).description
        #expect(text.contains("a.usb, b.usb") && text.contains("--udc"))
    }
}
