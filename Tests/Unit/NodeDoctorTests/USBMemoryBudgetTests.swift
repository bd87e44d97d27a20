import Testing
import UnitTransport

@testable import USBTransport

/// The arithmetic of the kernel's memory for USB transfers.
@Suite struct USBMemoryBudgetTests {
    @Test(arguments: [
        // Limit in MiB, open units, bytes of the others' streams, transfers.
        (16, 1, 0, 16), (16, 3, 0, 16), (16, 4, 0, 15), (16, 4, 8 << 20, 15), (16, 8, 0, 7), (16, 16, 0, 4),
        (16, 1, 15 << 20, nil), (16, 3, 15 << 20, nil), (3, 2, 0, 5), (3, 3, 10 * 263_168, nil), (1, 1, 0, nil),
        (2, 1, 0, 7), (256, 12, 0, 16), (1, 20, 0, nil),
    ])
    func `the limit is shared by the units that are open`(megabytes: Int, units: Int, streams: Int, transfers: Int?) {
        let limit = USBMemoryBudget.limit(megabytes: megabytes)
        #expect(USBMemoryBudget.transfers(.usbSuper, limit: limit, units: units, streams: streams) == transfers)
    }

    @Test func `no limit is no limit`() {
        #expect(USBMemoryBudget.limit(megabytes: 0) == nil)
        #expect(USBMemoryBudget.transfers(.usbSuper, limit: nil, units: 9, streams: 1 << 40) == 16)
    }

    @Test func `two streams share 3 MiB, a third is refused with the arithmetic, and gets its share when one ends`()
        throws
    {
        let budget = USBMemoryBudget { 3 << 20 }
        let first = budget.enter(.usbSuper, serial: "A-1", node: "/dev/bus/usb/001/002")
        let second = budget.enter(.usbSuper, serial: "B-1", node: "/dev/bus/usb/001/003")
        #expect(try first.reserve() == 5)
        #expect(try second.reserve() == 5)
        let third = budget.enter(.usbSuper, serial: "B-2", node: "/dev/bus/usb/001/004")
        let error = #expect(throws: TransportError.self) { try third.reserve() }
        let sentence = try #require(error).description
        #expect(sentence.hasPrefix("B-2 at /dev/bus/usb/001/004 needs 4 × 257 KiB = 1 MiB for USB transfers; "))
        #expect(sentence.contains("at least 2.8 MiB of 3 MiB (usbfs_memory_mb) are in use by 2 other streams"))
        #expect(sentence.contains("systemd-tmpfiles --create"))
        first.release()
        #expect(try third.reserve() == 4)
    }

    @Test func `a stream that the kernel gave less counts as less`() throws {
        let budget = USBMemoryBudget { 16 << 20 }
        let first = budget.enter(.usbSuper, serial: "A-1", node: "/a")
        #expect(try first.reserve() == 16)
        first.settle(transfers: 6)
        let said = budget.refusal(at: "/a")
        #expect(said.inUse == 6 * 263_168 + USBMemoryBudget.unitCost)
        #expect(said.isKernels && said.description.contains("the rest by other programs"))
    }

    @Test func `a closed unit leaves the account`() throws {
        let budget = USBMemoryBudget { 3 << 20 }
        var first: USBMemoryBudget.Share? = budget.enter(.usbSuper, serial: "A-1", node: "/a")
        #expect(try first?.reserve() == 11)
        first = nil
        let second = budget.enter(.usbSuper, serial: "B-1", node: "/b")
        #expect(try second.reserve() == 11)
    }

    @Test func `a stream that is opened again does not count itself`() throws {
        let budget = USBMemoryBudget { 3 << 20 }
        let only = budget.enter(.usbSuper, serial: "A-1", node: "/a")
        for _ in 0..<3 { #expect(try only.reserve() == 11) }
    }

    @Test(arguments: [(1 << 20, 32), (8 << 20, 32), (17 << 20, 64), (100 << 20, 256)])
    func `the command raises the limit to twice the need`(bytes: Int, megabytes: Int) {
        #expect(USBMemoryBudget.raise(toHold: bytes).contains("- - - - \(megabytes)'"))
    }

    @Test(arguments: [
        (263_168, "257 KiB", "0.3 MiB"), (1 << 20, "1024 KiB", "1 MiB"), (16_252_928, "15872 KiB", "15.5 MiB"),
    ])
    func `amounts are written for people`(bytes: Int, kibibytes: String, mebibytes: String) {
        #expect(ByteText.kibibytes(bytes) == kibibytes)
        #expect(ByteText.mebibytes(bytes) == mebibytes)
    }
}
