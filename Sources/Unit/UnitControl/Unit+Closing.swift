extension Unit {
    /// Does something with the unit, and closes it on every path.
    public nonisolated func closeAfter<Value, Failure: Error>(
        _ body: (Unit) async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        try await [self].closeAfter { (units) throws(Failure) in try await body(units[0]) }
    }
}

extension [Unit] {
    /// Does something with the units, and closes all of them on every path.
    public func closeAfter<Value, Failure: Error>(
        _ body: ([Unit]) async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result: Result<Value, Failure>
        do throws(Failure) { result = .success(try await body(self)) } catch { result = .failure(error) }
        for unit in self { await unit.close() }
        return try result.get()
    }
}
