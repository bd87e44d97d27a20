import Calibration
import CalibrationRecords
import Foundation
import Repository
import Testing
import UnitControl
import UnitProtocol
import VirtualTime

/// A loss that is not this link's is noticed in the first step, and named by the step that fails because of it.
@Suite(.virtualTime) struct FibreDoubtTests {
    private static let now = Date(timeIntervalSince1970: 1_790_000_000)
    /// At 1550 nm the units work.
    private static let units = 1550.1e-9

    private static func trace(
        wavelength: Double = 1550e-9, days: Double = 1, oddities: [String] = []
    ) -> FibreMeasurement {
        FibreMeasurement(
            loss: 4.2, lossSigma: 0.1, returnLoss: 40, source: .instrument,
            trace: .init(
                file: "ring.sor", wavelength: wavelength, time: now.addingTimeInterval(-86_400 * days),
                oddities: oddities))
    }

    private static func names(_ fibre: FibreMeasurement, units: Double? = Self.units) -> [String] {
        fibre.doubts(at: now, wavelength: units).map(\.name.rawValue)
    }

    @Test func `a trace at another wavelength, of another year, or that contradicts itself is doubted by name`() {
        #expect(Self.names(Self.trace()) == [])
        #expect(Self.names(Self.trace(wavelength: 1310e-9)) == ["wavelength"])
        #expect(Self.names(Self.trace(wavelength: 1625e-9)) == ["wavelength"])
        #expect(Self.names(Self.trace(wavelength: 1541e-9)) == [], "an OTDR's laser is at 1550 ± 20 nm")
        #expect(Self.names(Self.trace(wavelength: 1310e-9), units: 1310e-9) == [])
        #expect(Self.names(Self.trace(wavelength: 1310e-9), units: nil) == ["wavelength"], "units that do not say")
        #expect(Self.names(Self.trace(days: 31)) == ["age"])
        #expect(Self.names(Self.trace(days: 10_000)) == ["age"], "1998")
        #expect(Self.names(Self.trace(days: -2)) == ["age"], "a clock that runs ahead")
        #expect(Self.names(Self.trace(days: -0.5)) == [], "local time")
        #expect(Self.names(Self.trace(oddities: ["2 events end the fibre"])) == ["contents"])
        let text = "\(FibreDoubt.wavelength(trace: 1310e-9, units: 1550.1e-9))"
        #expect(text.contains("1310 nm") && text.contains("1550 nm"))
    }

    @Test func `a loss that is a transmittance is noticed, a negative one is refused with what it may mean`() {
        let entered = FibreMeasurement(loss: 0.1, lossSigma: 0.1, returnLoss: nil, source: .entered)
        #expect(Self.names(entered) == ["small-loss"])
        #expect("\(FibreDoubt.smallLoss(0.1))".contains("10 dB"))
        #expect("\(FibreDoubt.smallLoss(0))".contains("no fibre") && FibreDoubt(loss: 0) == .smallLoss(0))
        #expect(Self.names(FibreMeasurement(loss: 1, lossSigma: 0.1, returnLoss: nil, source: .entered)) == [])
        #expect("\(AnswerRefusal.negativeLoss(-4.2))".contains("the loss is 4.2 dB"))
        #expect(abs(entered.transmittance - 0.977237) < 1e-6 && entered.usualLength == 0.5)
    }

    @Test func `a file that writes the wavelength in nm is not doubted for it, and one with a wrong map is`() throws {
        let shots = Repository.root.appending(path: "Tests/Instruments/Shots")
        let habit = try FibreMeasurement(otdr: shots.appending(path: "wavelength-in-nm.sor").path)
        #expect(habit.trace?.oddities == [] && !habit.remarks.isEmpty)
        let odd = try FibreMeasurement(otdr: shots.appending(path: "map-wrong.sor").path)
        #expect(odd.trace?.oddities.isEmpty == false)
    }

    @Test func `where nobody is, a doubted loss is refused until it is accepted by name, which the record keeps`()
        async throws
    {
        var installation = try await Installation()
        installation.plan.fibre.wasDisconnected = true
        installation.plan.fibre.answer = .loss(0.3)
        do {
            _ = try await installation.run(installation.checklist(.fibre), Absent())
            Issue.record("a loss of 0.3 dB was taken without a word")
        } catch CommissioningFailure.doubtful(_, let doubts) {
            #expect(doubts == [.smallLoss(0.3)])
        }
        installation.plan.fibre.accepted = [.smallLoss]
        installation.plan.fibre.wasInspected = true
        installation.plan.fibre.receivedPower = 2e-6
        let done = try await installation.run(installation.checklist(.fibre), Absent())
        let record = try #require(done[.fibre].record)
        #expect(record.remarks.contains { $0.hasPrefix("accepted by kim (small-loss)") })
        #expect(record.remarks.contains("confirmed: connectors inspected before coupling"))
        #expect(record.remarks.contains { $0.contains("both units disconnected") })
        #expect(record.measurement("receivedPower")?.value == 2e-6)
        await installation.close()
    }

    @Test func `the last answers can be taken back`() async throws {
        let installation = try await Installation()
        let hands = ScriptedOperator([
            .done(.uncoupleFibre, true), .fibre(.loss(42)), .returnLoss(45), .accepts(false), .fibre(.loss(4.2)),
            .returnLoss(50), .accepts(true), .done(.inspectConnectors, true), .done(.coupleFibre, true),
            .receivedPower(nil),
        ])
        let record = try #require(try await installation.run(installation.checklist(.fibre), hands)[.fibre].record)
        #expect(hands.rest.isEmpty)
        #expect(record.measurement("fibreLoss")?.value == 4.2 && record.measurement("returnLoss")?.value == 50)
        await installation.close()
    }

    @Test
    func `a pair that shows another loss names the step that it was compared with, and where that loss came from`()
        async throws
    {
        var installation = try await Installation()
        // The emulated fibre has 5 dB.
        installation.plan.fibre.wasDisconnected = true
        installation.plan.fibre.answer = .loss(2)
        installation.plan.acceptsFailures = false
        do {
            _ = try await installation.run(installation.checklist(.fibre, .pair), Absent())
            Issue.record("it was not outside limits")
        } catch CommissioningFailure.outsideLimits(let step, _, let suspect) {
            let suspect = try #require(suspect)
            #expect(step == .pair && suspect.step == .fibre)
            #expect(suspect.basis == "2 dB as entered" && abs((suspect.found ?? 0) - 5) < 0.5)
        }
        // Whoever decides may have the fibre's step again, and then the pair's.
        let left = try #require(try installation.archive.checklist())
        var again = left
        again.begin(.pair)
        let hands = ScriptedOperator([.decision(.pair, .suspectAgain), .decision(.pair, .goOn)])
        let done = try await installation.run(again, hands)
        #expect(hands.rest.isEmpty && done[.fibre].attempts == left[.fibre].attempts + 2, "to be repeated, begun")
        await installation.close()
    }
}
