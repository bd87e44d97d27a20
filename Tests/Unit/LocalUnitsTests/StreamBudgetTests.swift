import LocalUnits
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport

struct StreamBudgetTests {
    private static func endpoint(_ kind: TransportEndpoint.Kind, baud: UInt32? = nil) -> TransportEndpoint {
        TransportEndpoint(selector: .serial(path: "/dev/x", baud: baud), path: "/dev/x", kind: kind)
    }

    /// What an emulated unit declares, with other rates.
    private static func capabilities(_ rates: ClosedRange<Double>) async throws -> Capabilities {
        let pair = EmulatedPair(PairConfiguration(model: PairModel(seed: 1)))
        defer { pair.stop() }
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test")
        var capabilities = try await unit.capabilities()
        await unit.close()
        capabilities.minimumSymbolRate = rates.lowerBound
        capabilities.maximumSymbolRate = rates.upperBound
        return capabilities
    }

    @Test func `a line of 921,600 baud carries 80 per cent of its bytes, eight of ten bits each`() {
        #expect(StreamBudget.bytesPerSecond(Self.endpoint(.serial, baud: 921_600)) == 73_728)
        #expect(StreamBudget.bytesPerSecond(Self.endpoint(.serial)) == 4e6)
    }

    @Test func `the rate is what both units can do and the slower connection carries, disclosure included`()
        async throws
    {
        let (fast, slow) = (try await Self.capabilities(1e3...1e9), try await Self.capabilities(1e3...2e6))
        let superSpeed = Self.endpoint(.usbSuper)
        #expect(StreamBudget.symbolRate([(superSpeed, fast)], disclosedFraction: 0) == 75e6)
        #expect(StreamBudget.symbolRate([(superSpeed, fast)], disclosedFraction: 0.5) == 50e6)
        #expect(StreamBudget.symbolRate([(superSpeed, fast), (superSpeed, slow)], disclosedFraction: 0) == 2e6)
        #expect(
            StreamBudget.symbolRate([(superSpeed, fast), (Self.endpoint(.usbHigh), fast)], disclosedFraction: 0) == 8e6)
    }

    @Test func `a unit's slowest rate is kept on a line that does not carry it`() async throws {
        let unit = try await Self.capabilities(50e3...1e6)
        #expect(StreamBudget.symbolRate([(Self.endpoint(.serial, baud: 9600), unit)], disclosedFraction: 0) == 50e3)
    }
}
