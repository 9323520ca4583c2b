"""An ONNX graph, written node by node."""

import numpy as np
from onnx import helper, numpy_helper


class Graph:
    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, name, array):
        """Adds an initializer; returns its name."""
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, op, inputs, outputs, domain='', name=None, **attributes):
        """Adds a node, named after its first output unless said otherwise; returns the output or outputs."""
        outs = outputs if isinstance(outputs, list) else [outputs]
        self.nodes.append(
            helper.make_node(op, inputs, outs, name or '%s/%s' % (outs[0], op), domain=domain, **attributes)
        )
        return outputs

    def model(self, name, inputs, outputs, **keywords):
        return helper.make_model(helper.make_graph(self.nodes, name, inputs, outputs, self.constants), **keywords)
