"""DeltaBlue (Freeman-Benson, Maloney and Borning, 1990): keeps constraints between variables satisfied, strong ones
before weak ones, and repairs its solution step by step when constraints come and go.

    deltablue.py [SIZE]
"""

import sys

# Strengths, the strongest first.
REQUIRED, STRONG_PREFERRED, PREFERRED, STRONG_DEFAULT, NORMAL, WEAK_DEFAULT, WEAKEST = range(7)


class Variable:
    def __init__(self, name, value=0):
        self.name = name
        self.value = value
        self.constraints = []
        self.determined_by = None
        self.mark = 0
        self.walkabout = WEAKEST  # the weakest strength that a new value could be traced back to
        self.stays = True  # known when a plan is made

    def __repr__(self):
        return f"{self.name}={self.value}"


class Constraint:
    def __init__(self, strength):
        self.strength = strength

    def variables(self):
        raise NotImplementedError

    def is_input(self):
        return False

    def join(self, planner):
        for variable in self.variables():
            variable.constraints.append(self)
        self.output = None
        planner.incremental_add(self)

    def leave(self, planner):
        for variable in self.variables():
            variable.constraints.remove(self)
        if self.output is not None:
            planner.incremental_remove(self)

    def inputs(self):
        return [variable for variable in self.variables() if variable is not self.output]

    def inputs_known(self, mark):
        for variable in self.inputs():
            if not (variable.mark == mark or variable.stays or variable.determined_by is None):
                return False
        return True

    def satisfy(self, mark, planner):
        """Chooses an output, and gives the constraint that determined it until now."""
        self.output = self.choose(mark)
        if self.output is None:
            if self.strength == REQUIRED:
                raise RuntimeError("a required constraint cannot be satisfied")
            return None
        for variable in self.inputs():
            variable.mark = mark
        overridden = self.output.determined_by
        if overridden is not None:
            overridden.output = None
        self.output.determined_by = self
        if not planner.propagate_from(self, mark):
            raise RuntimeError("a cycle of constraints")
        self.output.mark = mark
        return overridden

    def recalculate(self):
        out = self.output
        out.walkabout = self.output_walkabout()
        out.stays = self.output_stays()
        if out.stays:
            self.execute()


class UnaryConstraint(Constraint):
    def __init__(self, variable, strength, planner):
        super().__init__(strength)
        self.variable = variable
        self.join(planner)

    def variables(self):
        return (self.variable,)

    def inputs(self):
        return ()

    def choose(self, mark):
        variable = self.variable
        return variable if variable.mark != mark and self.strength < variable.walkabout else None

    def output_walkabout(self):
        return self.strength

    def output_stays(self):
        return not self.is_input()

    def execute(self):
        pass


class Stay(UnaryConstraint):
    pass


class Edit(UnaryConstraint):
    def is_input(self):
        return True


class BinaryConstraint(Constraint):
    def __init__(self, first, second, strength, planner):
        super().__init__(strength)
        self.first = first
        self.second = second
        self.join(planner)

    def variables(self):
        return (self.first, self.second)

    def choose(self, mark):
        first, second = self.first, self.second
        if first.mark == mark:
            target = second if second.mark != mark else None
        elif second.mark == mark or first.walkabout > second.walkabout:
            target = first
        else:
            target = second
        if target is None or self.strength >= target.walkabout:
            return None
        return target

    def input(self):
        return self.first if self.output is self.second else self.second

    def output_walkabout(self):
        return max(self.strength, self.input().walkabout)

    def output_stays(self):
        return self.input().stays


class Equal(BinaryConstraint):
    def execute(self):
        self.output.value = self.input().value


class Scale(BinaryConstraint):
    """second == first * factor + offset, and neither factor nor offset is ever changed by it."""

    def __init__(self, first, factor, offset, second, strength, planner):
        self.factor = factor
        self.offset = offset
        super().__init__(first, second, strength, planner)

    def variables(self):
        return (self.first, self.second, self.factor, self.offset)

    def execute(self):
        if self.output is self.second:
            self.second.value = self.first.value * self.factor.value + self.offset.value
        else:
            self.first.value = (self.second.value - self.offset.value) // self.factor.value

    def output_stays(self):
        return self.input().stays and self.factor.stays and self.offset.stays


class Planner:
    def __init__(self):
        self.mark = 0

    def new_mark(self):
        self.mark += 1
        return self.mark

    def incremental_add(self, constraint):
        mark = self.new_mark()
        overridden = constraint.satisfy(mark, self)
        while overridden is not None:
            overridden = overridden.satisfy(mark, self)

    def incremental_remove(self, constraint):
        out = constraint.output
        constraint.output = None
        unsatisfied = self.forget_downstream(out)
        for strength in range(REQUIRED, WEAKEST + 1):
            for other in unsatisfied:
                if other.strength == strength:
                    self.incremental_add(other)

    def propagate_from(self, constraint, mark):
        todo = [constraint]
        while todo:
            following = todo.pop()
            if following.output.mark == mark:
                self.incremental_remove(constraint)
                return False
            following.recalculate()
            todo.extend(self.consumers(following.output))
        return True

    def consumers(self, variable):
        """The satisfied constraints that read the variable."""
        by = variable.determined_by
        return [c for c in variable.constraints if c is not by and c.output is not None]

    def forget_downstream(self, out):
        out.determined_by = None
        out.walkabout = WEAKEST
        out.stays = True
        unsatisfied = []
        todo = [out]
        while todo:
            variable = todo.pop()
            unsatisfied += [c for c in variable.constraints if c.output is None]
            for constraint in self.consumers(variable):
                constraint.recalculate()
                todo.append(constraint.output)
        return unsatisfied

    def plan_from(self, constraints):
        """The constraints to execute, in order, when the inputs have got new values."""
        mark = self.new_mark()
        plan = []
        todo = [c for c in constraints if c.is_input() and c.output is not None]
        while todo:
            constraint = todo.pop()
            if constraint.output.mark != mark and constraint.inputs_known(mark):
                plan.append(constraint)
                constraint.output.mark = mark
                todo.extend(self.consumers(constraint.output))
        return plan

    def change(self, variable, values):
        edit = Edit(variable, PREFERRED, self)
        plan = self.plan_from([edit])
        for value in values:
            variable.value = value
            for constraint in plan:
                constraint.execute()
        edit.leave(self)


def chain(size):
    """Equalities in a row: what enters at one end comes out at the other."""
    planner = Planner()
    variables = [Variable(f"v{i}") for i in range(size + 1)]
    for left, right in zip(variables, variables[1:]):
        Equal(left, right, REQUIRED, planner)
    Stay(variables[-1], STRONG_DEFAULT, planner)
    first, last = variables[0], variables[-1]
    edit = Edit(first, PREFERRED, planner)
    plan = planner.plan_from([edit])
    total = 0
    for value in range(100):
        first.value = value
        for constraint in plan:
            constraint.execute()
        assert last.value == value, f"{last} at the end of the chain, {first} at its start"
        total += last.value
    edit.leave(planner)
    return len(plan), total


def projection(size):
    """Pairs of variables that are each other's images under one and the same scale and offset, changed in turn."""
    planner = Planner()
    scale = Variable("scale", 10)
    offset = Variable("offset", 1000)
    sources = []
    images = []
    for i in range(size):
        sources.append(Variable(f"s{i}", i))
        images.append(Variable(f"d{i}", i))
        Stay(sources[i], NORMAL, planner)
        Scale(sources[i], scale, offset, images[i], REQUIRED, planner)
    planner.change(sources[-1], [17])
    assert images[-1].value == 1170, images[-1]
    planner.change(images[-1], [1050])
    assert sources[-1].value == 5, sources[-1]
    planner.change(scale, range(1, 6))
    for source, image in zip(sources[:-1], images):
        assert image.value == source.value * 5 + 1000, (source, image)
    planner.change(offset, [2000])
    for source, image in zip(sources[:-1], images):
        assert image.value == source.value * 5 + 2000, (source, image)
    return sum([image.value for image in images])


def main():
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 120
    steps, total = chain(size)
    print(f"chain of {size}: a plan of {steps} steps, values up to {total}")
    print(f"projection of {size}: the images come to {projection(size)}")


main()
