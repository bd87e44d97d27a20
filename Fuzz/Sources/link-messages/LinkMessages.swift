import Dispatch
import LinkControl
import LinkMonitors
import QuadratureAnalysis
import UnitControl
import UnitProtocol
import UnitTransport
import VirtualTime

// Anything from the other side of a link. The lines of the input are what a coordinator says to an end, and then what an end
// says to its coordinator: as envelopes if they are some, and else as messages in the right envelope, so that numbers and
// bindings need not be guessed. Whatever comes, nothing traps and nothing waits for ever; errors are typed and say
// something; and the end's unit is dark at the end.

@c(LLVMFuzzerTestOneInput)
func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = UnsafeBufferPointer(start: data, count: count)
    let lines = bytes.split(separator: UInt8(ascii: "\n")).prefix(200).map(Array.init)
    let time = VirtualTime("an input")
    let done = DispatchSemaphore(value: 0)
    Task {
        await time.run {
            await serve(lines, time.clock)
            await coordinate(lines, time.clock)
        }
        done.signal()
    }
    done.wait()
    return 0
}

/// An end that is told the lines as orders.
private func serve(_ lines: [[UInt8]], _ clock: HostClock) async {
    let unit = StubUnit(clock)
    do throws(LinkError) {
        let end = try await LinkEnd(.bob, unit, consent: EndConsent(nonce: { SessionNonce(high: 1, low: 2) }))
        let service = EndService(end, Script(lines, .coordinator), timing: PeerTiming(clock: clock))
        switch await service.serve().ending {
        case .peer(let fault): check(fault.description)
        case .unit(let error): check(error.description)
        case .ended, .cancelled: break
        }
        precondition(!unit.isLit, "its light is on")
    } catch {
        fatalError("\(error)")
    }
}

/// A coordinator that is answered with the lines by Bob's end.
private func coordinate(_ lines: [[UInt8]], _ clock: HostClock) async {
    let bob = await RemoteEnd(.bob, Script(lines, .end), timing: PeerTiming(clock: clock))
    do throws(LinkError) {
        let session = try await LinkSession(
            alice: QuietAlice(), bob: bob, plan: StubUnit.plan, link: "fuzz", clock: clock)
        _ = try await session.measureElectronicNoise(samples: 1_000)
        try await session.lightUp(within: .seconds(1))
        try await session.start()
        let report = try await session.run { report in report.bob.frames > 1_000 }
        _ = (report.bob.isConserved, report.bob.missingSymbols, report.health?.excessNoise)
        if let fault = await session.fault() { check(fault.description) }
        _ = await session.deserter()
        _ = await session.judgeWindow(sensors: [:], limits: .init(blockSeconds: 1))
        await session.lightDown()
    } catch {
        check(error.description)
    }
    await bob.close()
}

private func check(_ description: String) { precondition(!description.isEmpty, "an error without a word") }
