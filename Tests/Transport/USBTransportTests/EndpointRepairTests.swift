import Testing

@testable import USBTransport

struct EndpointRepairTests {
    @Test func `a burst that fails every transfer in flight once is answered by submitting again`() {
        var repair = EndpointRepair(inFlight: 16)
        #expect((0..<16).allSatisfy { _ in repair.failed(halted: false) == .resubmit })
        repair.succeeded()
        #expect(repair.failed(halted: false) == .resubmit)
    }

    @Test func `failures that go on are answered by clearing the halt, with growing pauses, and then not at all`() {
        var repair = EndpointRepair(inFlight: 2)
        var actions: [EndpointRepair.Action] = []
        while actions.last != .giveUp && actions.count < 100 { actions.append(repair.failed(halted: false)) }
        #expect(
            actions.filter { $0 != .resubmit } == [
                .clearHalt(afterMilliseconds: 10), .clearHalt(afterMilliseconds: 40),
                .clearHalt(afterMilliseconds: 160), .clearHalt(afterMilliseconds: 640), .giveUp,
            ])
    }

    @Test func `a halt is cleared at once, and forgotten only after a steady second`() {
        var repair = EndpointRepair(inFlight: 16)
        #expect(repair.failed(halted: true) == .clearHalt(afterMilliseconds: 10))
        repair.succeeded()
        #expect(repair.failed(halted: true) == .clearHalt(afterMilliseconds: 40))
        for _ in 0..<EndpointRepair.steady { repair.succeeded() }
        #expect(repair.failed(halted: true) == .clearHalt(afterMilliseconds: 10))
    }
}
