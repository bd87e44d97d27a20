import Foundation
import LinkControl
import LinkMonitors
import LocalUnits
import QuadratureAnalysis
import UnitControl
import UnitProtocol
import UnitTransport

/// One `shot-noise watch`: V_off, light, windows until it is enough, light off.
struct ShotNoiseWatch: Sendable {
    struct Options: Sendable {
        var unit: UnitSelector
        var usesMoments: Bool
        var windowSamples: Double?
        var referenceWindows: Int
        var darkSamples: Double
        var loss: Double
        var duration: Double?
        var warmUpLimit: Double?
        var failsOnAlarm: Bool
        var json: Bool
    }

    private let options: Options
    private let interruption = Interruption()
    private let live = LiveLine()

    init(_ command: ShotNoiseWatchCommand) {
        options = Options(
            unit: command.unit.unit, usesMoments: command.moments, windowSamples: command.windowSamples,
            referenceWindows: command.referenceWindows, darkSamples: command.darkSamples, loss: command.loss,
            duration: command.duration, warmUpLimit: command.warmUpLimit, failsOnAlarm: command.failOnAlarm,
            json: command.json)
    }

    func perform() async throws {
        let state = try await interruption.withUnit(options.unit, task: "shot-noise watch") { unit in
            live.note("\(unit.identity.role)  \(unit.identity.line)")
            return try await unit.lightDownAfter {
                defer { live.end() }
                do { return try await watch(unit) } catch { throw interruption.isRequested ? Self.ended : error }
            }
        }
        if options.failsOnAlarm, !state.alarms.isEmpty {
            throw CommandFailure(
                .outsideLimits,
                "--fail-on-alarm: \(state.alarms.map { "\($0.key.rawValue) in \($0.value) windows" }.sorted().joined(separator: ", ")). "
                    + "Look at the LO's power and temperatures by 'cvqkd telemetry', then measure anew by 'cvqkd shot-noise measure'"
            )
        }
        if interruption.isRequested { throw Self.ended }
    }

    private func watch(_ unit: Unit) async throws -> ShotNoiseState {
        guard unit.identity.role == .bob else {
            throw UnitError.wrongRole(needed: .bob, found: unit.identity.role, serial: unit.identity.serial)
        }
        let capabilities = try await unit.capabilities()
        let rate = StreamBudget.symbolRate(
            [(unit.identity.endpoint, capabilities)], disclosedFraction: 0)
        let sums = unit.identity.capabilities.contains(.moments)
        guard sums || !options.usesMoments else {
            throw CommandFailure(.refused, "\(unit.identity.serial) cannot sum by itself: leave --moments away")
        }
        let plan = WatchPlan(
            capabilities, symbolRate: rate, usesMoments: sums && (options.usesMoments || rate < 1e6),
            windowSamples: options.windowSamples)
        let journal = try SessionJournal(
            command: "shot-noise watch", units: [unit.identity], session: plan.session, purpose: "test")
        defer { journal.remove() }
        let dark = try await measureDark(unit, capabilities, isSummed: sums)
        journal.enter(.warmingUp)
        try await lightUp(unit, capabilities)
        let windows = WatchWindows(
            plan: plan, options: options, dark: dark, identity: unit.identity, journal: journal, live: live)
        journal.enter(.streaming)
        live.note(
            "\(plan.usesMoments ? "the unit sums" : "streaming vacuum"), windows of \(NumberText.count(plan.windowSamples)) samples; "
                + "effects stated for \(NumberText.stated(options.loss)) dB; Ctrl-C ends it")
        if plan.usesMoments {
            try await sum(unit, plan, windows)
        } else {
            try await stream(unit, plan, windows)
        }
        journal.enter(.ending)
        return await windows.state
    }

    /// V_off, summed by the unit in the dark. A unit that cannot sum gives none: N0, and what rests on it, stays open.
    private func measureDark(
        _ unit: Unit, _ capabilities: Capabilities, isSummed: Bool
    ) async throws -> ReceiverMoments {
        let (options, live) = (options, live)
        return try await interruption.cancellable {
            try await unit.lightDown()
            let limits = ClipLimits(low: capabilities.clipLow, high: capabilities.clipHigh)
            guard isSummed else { return ReceiverMoments(limits: limits) }
            live.show("measuring V_off …")
            let count = min(UInt64(options.darkSamples), capabilities.maximumMomentSamples)
            let dark = ReceiverMoments(try await unit.measureMoments(.dark, samples: count), limits: limits)
            live.note(
                "V_off  \(NumberText.estimate(dark.variance, "LSB²")) from \(NumberText.count(dark.samples)) samples")
            return dark
        }
    }

    /// The local oscillator alone: the shutter stays closed.
    private func lightUp(_ unit: Unit, _ capabilities: Capabilities) async throws {
        let (options, live) = (options, live)
        try await interruption.cancellable {
            live.show("warming up …")
            try await unit.lightUp(
                .vacuum, within: options.warmUpLimit.map { .seconds($0) } ?? capabilities.warmUpLimit)
        }
    }

    /// Sums that the unit makes, window by window.
    private func sum(_ unit: Unit, _ plan: WatchPlan, _ windows: WatchWindows) async throws {
        while !interruption.isRequested, !(await windows.isOver) {
            let moments = try await interruption.cancellable {
                try await unit.measureMoments(.vacuum, samples: UInt64(plan.samplesPerChannel))
            }
            try await windows.add(
                ReceiverMoments(moments, limits: plan.limits), localOscillatorPower: moments.localOscillatorPower)
        }
    }

    /// A standalone session of vacuum slots alone.
    private func stream(_ unit: Unit, _ plan: WatchPlan, _ windows: WatchWindows) async throws {
        let stream = try await unit.startStream(plan.stream(unit.identity))
        let collected = Guarded(WatchSums(limits: plan.limits))
        let reader = Task { () -> UnitError? in
            do throws(UnitError) {
                while try await stream.read({ frame, samples in
                    guard frame.kind == .vacuum else { return }
                    collected.withLock { $0.add(frame, samples, plan.detection) }
                }) {}
                return nil
            } catch {
                return error
            }
        }
        var failure: (any Error)?
        while stream.isRunning, !interruption.isRequested, !(await windows.isOver) {
            await interruption.pause(.milliseconds(100))
            guard let sums = collected.withLock({ $0.takeIfEnough(plan.windowSamples) }) else { continue }
            do {
                try await windows.add(sums.moments, localOscillatorPower: sums.localOscillatorPower)
            } catch {
                failure = error
                break
            }
        }
        let stopped = try? await unit.stopStream()
        let lost = await reader.value
        await unit.finishStream(stopped)
        if let failure { throw failure }
        if let lost { throw lost }
        if let cause = stream.endCause { throw UnitError.sessionEnded(cause: cause) }
    }

    private static let ended = CommandFailure(.interrupted, "ended on request; the unit was told to go dark")
}
